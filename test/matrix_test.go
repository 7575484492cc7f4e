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
	// matrixTimeout is the time limit of a request in the matrix.
	matrixTimeout = 3 * time.Second
	// mendTime is the time after a fault within which everything works again.
	mendTime = 10 * time.Second
	// fails is the cell for a broken promise.
	fails = "fails"
	// inboxIDs is the Redis key of the inbox.
	inboxIDs = "ua:inbox:{box}:ids"
	// late is a 503 caused by the timeout of the request. It may occur on a busy machine if
	// a hanging store leaves just enough time for another one.
	late = "503 in the end"
	// restTime is the longest pause of a provider after a failure. It is shorter than the
	// time between two messages to an address, so that a charge for an unsent message would
	// be noticed.
	restTime = 15 * time.Second
)

// remembering lists the requests that are answered from rows cached for 5 seconds.
var remembering = []string{"GET /oauth/authorize ", "POST /oauth/token for a machine", "POST /service/introspect "}

type (
	// deed is one way to use a route.
	deed struct {
		route, way string
		// prepare sets up what the request needs while the stores are healthy.
		prepare func(*matrix) attempt
	}

	// attempt is a request and a check of its effect.
	attempt struct {
		kit.Request
		// effect fails if the effect of a success is missing. It is called after the fault.
		effect func(kit.Response) error
		// ends lists the access tokens that the request ends, immediately and during the
		// fault.
		ends []string
	}

	// trial is the result of a deed in a state.
	trial struct {
		deed
		attempt
		answer kit.Response
		took   time.Duration
		err    error
	}

	// matrix is a service that goes through the states.
	matrix struct {
		*kit.App
		t      *testing.T
		redis  *faults.Redis
		mysql  *faults.MySQL
		twilio *twiliotest.Server
		// provider is the social sign-in provider named google.
		provider *socialtest.Issuer
		// boss is the administrator's name.
		boss    string
		admin   kit.Tokens
		members chan person
		machine kit.Machine
		// gateway may introspect tokens.
		gateway kit.Machine
		shop    oauthApp
		// demanding is another node, which requires a second factor of every user.
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
	// With all of it: nodes share the message queue.
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

// phone returns an unused number.
func (m *matrix) phone() string { return fmt.Sprintf("+9198765%05d", m.n.Add(1)) }

// name returns an unused username.
func (m *matrix) name() string { return fmt.Sprintf("somebody%d", m.n.Add(1)) }

// mail returns an unused e-mail address.
func (m *matrix) mail() string { return fmt.Sprintf("somebody%d@example.com", m.n.Add(1)) }

// each runs do for all trials, several concurrently.
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

// try runs every deed in a state and returns the result of each: "works" or "503".
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
			cell = "works for 5 s" // which of the two depends on timing
		}
		cells = append(cells, cell)
	}
	return cells
}

// apart sends a request from its own network: without Redis a node counts by network and
// allows few requests.
func (x *trial) apart(i int) {
	if strings.HasPrefix(x.Path, "/dev/") {
		return // is for this machine only
	}
	header := map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.%d.1", i)}
	maps.Copy(header, x.Header)
	x.Header = header
}

// gather signs members in.
func (m *matrix) gather() {
	m.Redis.Client.Del(m.t.Context(), inboxIDs) // filled by earlier states, and read completely each time
	m.members = make(chan person, len(deeds))
	each(make([]*trial, cap(m.members)), func(*trial) {
		if who, ok := m.join(); ok {
			m.members <- who
		}
	})
	if len(m.members) < cap(m.members) {
		m.t.Fatal("not every member could sign in")
	}
}

// join signs a new member in; ok is false if that fails.
func (m *matrix) join() (who person, ok bool) {
	who.phone = m.phone()
	answer, err := m.mended(post("/user/otp", object{"phone": who.phone})) // the previous state may linger
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

// tick advances the clock until stop.
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

// believe makes the service cache that the sessions are active.
func (m *matrix) believe(x *trial) {
	for _, bearer := range x.ends {
		m.Get("/user/check", bearer).Want(m.t, http.StatusOK, "")
		m.Get("/user/info", bearer).Want(m.t, http.StatusOK, "")
	}
}

// ask sends the request during the fault.
func (m *matrix) ask(x *trial) {
	start := time.Now()
	x.answer, x.err = m.TryDo(x.Request)
	x.took = time.Since(start)
	switch {
	case x.err != nil:
	case x.took > kit.Busy(matrixTimeout):
		x.err = fmt.Errorf("took longer than %v", matrixTimeout)
	case x.answer.Status/100 != 2 && x.answer.Status != 503:
		x.err = fmt.Errorf("neither done nor 503")
	case x.answer.Status == 503:
		x.err = retryTold(x.answer)
	default:
		for _, bearer := range x.ends {
			if check, err := m.TryDo(get("/user/check", bearer)); err != nil || check.Status == http.StatusOK {
				x.err = fmt.Errorf("an ended token works during the fault: %d %v", check.Status, err)
			}
			if told, err := m.TryDo(introspecting(m.gateway, bearer)); err != nil || told.JSON["active"] == true {
				x.err = fmt.Errorf("an ended token is called active during the fault: %s %v", told.Body, err)
			}
		}
	}
}

// logged returns the log lines of an answer.
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

// judge checks after the fault that the answer was true: a success took effect, and a
// failed request works now.
func (m *matrix) judge(x *trial) {
	if x.err != nil {
		return
	}
	answer := x.answer
	if answer.Status == http.StatusServiceUnavailable {
		// A charge for a lost answer may be refunded a moment later.
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

// Whatever a failing store rejects, every route works in time or answers 503 without
// changing or charging anything, and works when retried. docs/failures.md lists what each
// route does.
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
	if len(found) == len(states) { // not only some of them, by -run
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
