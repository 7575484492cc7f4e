package test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/client"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/social/socialtest"
	"user-api/internal/testkit"
	"user-api/model"
	"user-api/test/faults"
	"user-api/test/kit"
)

const (
	// matrixTimeout bounds a request in the matrix.
	matrixTimeout = 3 * time.Second
	// mendTime is how soon after a fault everything works again.
	mendTime = 10 * time.Second
	// fails is the cell of a promise that was broken.
	fails = "fails"
	// inboxIDs is the key of what is in the inbox.
	inboxIDs = "ua:inbox:{box}:ids"
	// late is a 503 because the time of the request was over. On a busy machine that may be
	// so where a store that hangs leaves just enough of it on another.
	late = "503 in the end"
	// restTime is how long at most a provider is left alone that failed. It is shorter
	// than the time between two messages to an address, so that one that was not sent
	// would be noticed if it were charged.
	restTime = 15 * time.Second
)

// remembering are the deeds that are answered by rows a node has read, for 5 seconds.
var remembering = []string{"GET /oauth/authorize ", "POST /oauth/token for a machine", "POST /service/introspect "}

type (
	// deed is one way to use a route.
	deed struct {
		route, way string
		// prepare makes what the request needs, while all is well.
		prepare func(*matrix) attempt
	}

	// attempt is a request, and how one sees that it was done.
	attempt struct {
		kit.Request
		// effect fails where an answer of success was none. It is asked after the fault.
		effect func(kit.Response) error
		// ends are the access tokens that end with it: at once, the fault lasting.
		ends []string
	}

	// trial is what became of a deed in a state.
	trial struct {
		deed
		attempt
		answer kit.Response
		took   time.Duration
		err    error
	}

	// matrix is one service that goes from state to state.
	matrix struct {
		*kit.App
		t      *testing.T
		redis  *faults.Redis
		mysql  *faults.MySQL
		twilio *twiliotest.Server
		// provider is who one signs in by, under the name google.
		provider *socialtest.Issuer
		// boss is the administrator's name.
		boss    string
		admin   kit.Tokens
		members chan person
		machine kit.Machine
		// gateway may ask about tokens.
		gateway kit.Machine
		shop    oauthApp
		// demanding is another node, which demands a second factor of everybody.
		demanding func() *kit.App
		n         atomic.Int64
	}
)

// newMatrix starts the service for the states of a store.
func newMatrix(t *testing.T, store string) *matrix {
	m := &matrix{t: t, twilio: twiliotest.New(t, account, apiKey, "apisecret0123456789")}
	m.provider = socialtest.New(t, func() time.Time { return m.Clock.Now() })
	google := fmt.Sprintf("{Name: google, Kind: oidc, Issuer: %q, ClientId: %q, AllowPrivate: true, Events: true}", m.provider.URL, socialtest.ClientID)
	options := []kit.Option{
		withTwilio(m.twilio, fmt.Sprintf("From: \"+15005550006\", AuthToken: %s, StatusCallbackUrl: %q", twilioToken, publicURL)), "Sms: {Meta: {VerifyToken: " + metaToken + "}}",
		behindProxy, "Sms: {Provider: inbox}", "Delivery: {Routes: [{Channel: sms, Countries: [GB], Via: [twilio]}]}",
		"Captcha: {Timeout: 2, Provider: turnstile, SiteKey: x, Secret: y}", // and so it has the page of it
		kit.ShippedTimes, withIssuer, anonymousOn, withSite(t, google), "Passkeys: {Related: ['https://example.test']}", "Timeout: 3", "RateLimit: {Send: {Block: 100000/600, Country: 100000/600, Global: 100000/600}, Budget: {Day: 100000, Country: 100000, Block: 100000}}",
	}
	m.App = kit.Behind(t, func(s kit.Stores) kit.Stores {
		m.redis = faults.NewRedis(t, s.Redis)
		if store == ofDatabase {
			testkit.ReadOnlyTurn(t)
			s.DataSource = plainUser(t, s.DataSource)
		}
		conf, err := mysql.ParseDSN(s.DataSource)
		if err != nil {
			t.Fatal(err)
		}
		m.mysql = faults.NewMySQL(t, conf.Addr)
		conf.Addr = m.mysql.Addr()
		return kit.Stores{Redis: m.redis.Addr(), DataSource: conf.FormatDSN()}
	}, options...)
	// With all of it: nodes share the queue of messages.
	m.demanding = sync.OnceValue(func() *kit.App { return m.Beside(append(options, "Mfa: {Require: all, Grace: 0}")...) })
	boss := m.named()
	m.boss = boss.name
	if err := m.Service.Accounts.SetRole(t.Context(), boss.UserID, model.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	m.machine = m.Machine("matrix", client.UsersRead, client.RevocationsRead)
	m.gateway = m.Machine("gateway", client.Introspect)
	m.shop = newApp(t, m.App, "shop", true, appURL)
	return m
}

// phone is a number that nobody had before.
func (m *matrix) phone() string { return fmt.Sprintf("+9198765%05d", m.n.Add(1)) }

// name is such a username.
func (m *matrix) name() string { return fmt.Sprintf("somebody%d", m.n.Add(1)) }

// mail is such an e-mail address.
func (m *matrix) mail() string { return fmt.Sprintf("somebody%d@example.com", m.n.Add(1)) }

// each runs do for all trials, several at a time.
func each(trials []*trial, do func(*trial)) {
	var all sync.WaitGroup
	turns := make(chan struct{}, 4)
	for _, trial := range trials {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			do(trial)
		})
	}
	all.Wait()
}

// try does every deed in a state, and tells what became of each: "works" or "503".
func (m *matrix) try(s state) (cells []string) {
	m.gather()
	m.Advance(61 * time.Second) // for the next message to an address
	m.admin = m.succeeds(post("/user/login", object{"username": m.boss, "password": passOne})).Tokens()
	trials := make([]*trial, 0, len(deeds))
	for _, deed := range deeds {
		trials = append(trials, &trial{deed: deed})
	}
	each(trials, func(x *trial) { x.attempt = x.prepare(m) })
	for i, x := range trials {
		x.apart(i)
	}
	m.Advance(61 * time.Second)
	each(trials, func(x *trial) { m.believe(x) })
	s.begin(m)
	each(trials, func(x *trial) { m.ask(x) })
	s.end(m)
	m.Advance(restTime)
	m.App.Await("readiness", func() bool { return ready(m.App).Status == 200 })
	stop := m.tick()
	each(trials, func(x *trial) { m.judge(x) })
	stop()
	for _, x := range trials {
		cell := "works"
		switch {
		case x.err != nil:
			cell = fails
			m.t.Errorf("%s: %s %s: answered %d %s after %v: %v%s", s.title(), x.route, x.way, x.answer.Status, x.answer.Body,
				x.took.Round(time.Millisecond), x.err, logged(x.answer))
		case x.answer.Status == http.StatusServiceUnavailable && s.name == "hung" && x.took > matrixTimeout*3/4:
			cell = late
		case x.answer.Status == http.StatusServiceUnavailable:
			cell = "503"
		}
		if cell != fails && s.unread() && slices.Contains(remembering, x.route+" "+x.way) {
			cell = "works for 5 s" // which of the two is a matter of the moment
		}
		cells = append(cells, cell)
	}
	return cells
}

// apart has a request come from a network of its own: without Redis a node counts by
// network, and lets little through.
func (x *trial) apart(i int) {
	if strings.HasPrefix(x.Path, "/dev/") {
		return // is for this machine alone
	}
	header := map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.%d.1", i)}
	maps.Copy(header, x.Header)
	x.Header = header
}

// gather signs members in.
func (m *matrix) gather() {
	m.Redis.Client.Del(m.t.Context(), inboxIDs) // the states before have filled it, and all of it is read each time
	m.members = make(chan person, len(deeds))
	each(make([]*trial, cap(m.members)), func(*trial) {
		if who, ok := m.join(); ok {
			m.members <- who
		}
	})
	if len(m.members) < cap(m.members) {
		m.t.Fatal("not everybody could sign in")
	}
}

// join signs a new member in; ok is false where that fails.
func (m *matrix) join() (who person, ok bool) {
	who.phone = m.phone()
	answer, err := m.mended(post("/user/otp", object{"phone": who.phone})) // the state before may linger
	if err != nil || answer.Status != http.StatusOK {
		return who, false
	}
	code := object{"otpId": answer.Text("otpId"), "otp": m.Inbox(who.phone, 1)[0]}
	if answer, err = m.mended(post("/user/login", code)); err != nil || answer.Status != http.StatusOK {
		return who, false
	}
	who.Tokens = answer.Tokens()
	return who, true
}

// tick lets the clock go on until stop.
func (m *matrix) tick() (stop func()) {
	ended := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-ended:
				return
			case <-time.After(time.Second):
				m.Advance(time.Second)
			}
		}
	})
	return func() {
		close(ended)
		all.Wait()
	}
}

// believe has the service know that the sessions live, and remember it if it does.
func (m *matrix) believe(x *trial) {
	for _, bearer := range x.ends {
		m.Get("/user/check", bearer).Want(m.t, http.StatusOK, "")
		m.Get("/user/info", bearer).Want(m.t, http.StatusOK, "")
	}
}

// ask asks in the fault.
func (m *matrix) ask(x *trial) {
	start := time.Now()
	x.answer, x.err = m.TryDo(x.Request)
	x.took = time.Since(start)
	switch {
	case x.err != nil:
	case x.took > kit.Busy(matrixTimeout):
		x.err = fmt.Errorf("that is longer than %v", matrixTimeout)
	case x.answer.Status/100 != 2 && x.answer.Status != 503:
		x.err = fmt.Errorf("neither done nor 503")
	case x.answer.Status == 503:
		x.err = retryTold(x.answer)
	default:
		for _, bearer := range x.ends {
			if check, err := m.TryDo(get("/user/check", bearer)); err != nil || check.Status == http.StatusOK {
				x.err = fmt.Errorf("what it ended works on in the fault: %d %v", check.Status, err)
			}
			if told, err := m.TryDo(introspecting(m.gateway, bearer)); err != nil || told.JSON["active"] == true {
				x.err = fmt.Errorf("what it ended is called active in the fault: %s %v", told.Body, err)
			}
		}
	}
}

// logged is what the log has of an answer.
func logged(answer kit.Response) string {
	id, lines := answer.Text("requestId"), ""
	for line := range strings.Lines(kit.Log()) {
		if id != "" && strings.Contains(line, id) && strings.Contains(line, `"level":"error"`) {
			lines += "\n" + line
		}
	}
	return lines
}

func retryTold(answer kit.Response) error {
	if n, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || n < 1 {
		return fmt.Errorf("503 with the Retry-After %q", answer.Header.Get("Retry-After"))
	}
	return nil
}

// judge looks, after the fault, whether what was answered is true: what was done is
// done, and what was not works now.
func (m *matrix) judge(x *trial) {
	if x.err != nil {
		return
	}
	answer := x.answer
	if answer.Status == http.StatusServiceUnavailable {
		// What was charged for an answer that got lost may be taken back a moment later.
		if answer, x.err = m.mended(x.Request, http.StatusTooManyRequests); x.err != nil {
			return
		}
	}
	if answer.Status/100 != 2 {
		x.err = fmt.Errorf("after the fault the same request is answered %d %s", answer.Status, answer.Body)
		return
	}
	for _, bearer := range x.ends {
		if x.err = m.wants(get("/user/check", bearer), http.StatusUnauthorized); x.err != nil {
			return
		}
	}
	if x.effect != nil {
		x.err = x.effect(answer)
	}
}

// Whatever a half-dead store refuses, every route does its work in time, or says 503,
// changes and charges nothing, and works when asked again. What each does is in
// docs/failures.md.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("takes most of a minute")
	}
	t.Parallel() // most of it waits
	found := map[string][]string{}
	var mu sync.Mutex
	t.Run("all", func(t *testing.T) {
		for _, store := range []string{ofRedis, ofDatabase} {
			t.Run(store, func(t *testing.T) {
				t.Parallel()
				m := newMatrix(t, store)
				for _, s := range states {
					if s.store != store {
						continue
					}
					t.Run(s.name, func(t *testing.T) {
						m.t = t
						cells := m.try(s)
						mu.Lock()
						defer mu.Unlock()
						found[s.title()] = cells
					})
					m.t = t
				}
			})
		}
	})
	if len(found) == len(states) { // not a part of them, by -run
		wantTable(t, found)
	}
}

// Each route has a row.
func TestMatrix_routes(t *testing.T) {
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			if !slices.ContainsFunc(deeds, func(d deed) bool { return d.route == r.String() }) {
				t.Errorf("the matrix has no row for %s", r)
			}
		}
	}
}
