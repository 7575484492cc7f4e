package cluster

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/client"
	"user-api/model"
	"user-api/test/faults"
	"user-api/test/kit"
)

type (
	// watched is two nodes, here and away, and a service that follows the revocations of
	// the one away with clients/go: examples/orders.
	watched struct {
		*pair
		sql *faults.MySQL
		db  *maria
		// Each node has its own connections to Redis and to the database.
		redisLines, dbLines []*kit.Line
		// front is the issuer's address, which leads to the node away.
		front    *kit.Line
		consumer *kit.Node
	}

	// act is done here to a signed-in user; the consumer must answer that user's requests
	// as given before and after.
	act struct {
		what          string
		role          string // before
		request       func(w *watched, who kit.Tokens) kit.Request
		asks          func(bearer string) kit.Request
		before, after int
	}

	// victim is the user whom an act is done to.
	victim struct {
		act
		who kit.Tokens
		// done is when the act was confirmed.
		done time.Time
	}
)

// The requests to the consumer: the user's orders, and deleting a missing order, which
// administrators may.
func ordersOf(bearer string) kit.Request { return get("/orders", bearer) }
func deleting(bearer string) kit.Request { return with("DELETE", "/admin/orders/1", bearer, nil) }

func roleTo(role string) func(*watched, kit.Tokens) kit.Request {
	return func(w *watched, who kit.Tokens) kit.Request {
		return with("PUT", fmt.Sprintf("/admin/users/%d/role", who.UserID), w.boss.Access, object{"role": role})
	}
}

var acts = []act{
	{"sign-out", model.RoleUser, func(_ *watched, who kit.Tokens) kit.Request {
		return with("POST", "/user/logout", who.Access, nil)
	}, ordersOf, http.StatusOK, http.StatusUnauthorized},
	{"ban", model.RoleUser, func(w *watched, who kit.Tokens) kit.Request {
		return with("POST", fmt.Sprintf("/admin/users/%d/ban", who.UserID), w.boss.Access, object{"reason": "spam"})
	}, ordersOf, http.StatusOK, http.StatusUnauthorized},
	{"role given", model.RoleUser, roleTo(model.RoleAdmin), deleting, http.StatusForbidden, http.StatusNotFound},
	{"role taken away", model.RoleAdmin, roleTo(model.RoleUser), deleting, http.StatusNotFound, http.StatusForbidden},
}

// The consumer's answers after the act and before.
func after(v victim) []int  { return []int{v.after} }
func before(v victim) []int { return []int{v.before} }

// newWatched starts everything on its own database and Redis.
func newWatched(t *testing.T) *watched {
	t.Helper()
	need(t, mariadbd, "mariadb-install-db", "redis-server")
	w := &watched{pair: &pair{t: t, redis: startRedis(t)}, db: startMaria(t, newData(t)).ready(t)}
	// The nodes' user has no server privileges, so read_only applies to it.
	w.db.exec(t, "CREATE DATABASE ua CHARACTER SET utf8mb4", "CREATE USER plain IDENTIFIED BY '"+password+"'", "GRANT ALL ON ua.* TO plain")
	w.proxy, w.sql = faults.NewRedis(t, w.redis.addr), faults.NewMySQL(t, w.db.addr)
	w.front = kit.NewLine(t, w.db.addr) // until there is a node
	var stores []kit.Stores
	for range 2 {
		redis, db := kit.NewLine(t, w.proxy.Addr()), kit.NewLine(t, w.sql.Addr())
		w.redisLines, w.dbLines = append(w.redisLines, redis), append(w.dbLines, db)
		stores = append(stores, kit.Stores{Redis: redis.Addr(), DataSource: "plain:" + password + "@tcp(" + db.Addr() + ")/ua"})
	}
	issuer := "http://" + w.front.Addr()
	nodes := together(t, stores, kit.Option("Auth: {Signing: ES256, Issuer: \""+issuer+"\"}"))
	w.here, w.away = nodes[0], nodes[1]
	w.front.Lead(strings.TrimPrefix(w.away.URL, "http://"))
	w.crown(w.db.dsn("ua"), w.redis)
	w.consumer = kit.NewConsumer(t, issuer, w.here.Machine("orders", client.RevocationsRead))
	w.consumer.Start()
	if err := w.consumer.Serving("/menu", time.Minute); err != nil {
		t.Fatal(err)
	}
	return w
}

// victims signs in a user for each act, whom the consumer knows.
func (w *watched) victims() []victim {
	w.t.Helper()
	victims := make([]victim, len(acts))
	var all sync.WaitGroup
	for i, a := range acts {
		all.Go(func() { victims[i] = victim{act: a, who: w.member(a.role)} })
	}
	all.Wait()
	for _, v := range victims {
		w.awaits(v, before(v), "before anything was done")
	}
	return victims
}

// member signs in a user with a role.
func (w *watched) member(role string) kit.Tokens {
	who := w.here.SignIn(phone())
	who.UserID = w.here.Get("/user/info", who.Access).Number("id")
	if role == model.RoleAdmin {
		w.here.Do(roleTo(role)(w, who)).Want(w.t, http.StatusNoContent, "")
		id := who.UserID
		who = w.here.Do(refreshing(who.Refresh)).Tokens()
		who.UserID = id
	}
	return who
}

// do runs all acts concurrently. It returns the victims whose act was confirmed, and those
// whose act got 503.
func (w *watched) do(victims []victim) (done, refused []victim) {
	w.t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, v := range victims {
		all.Go(func() {
			answer, err := w.here.TryDo(v.request(w, v.who))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				w.t.Errorf("%s: %v", v.what, err)
			case answer.Status/100 == 2:
				v.done = time.Now()
				done = append(done, v)
			case answer.Status == http.StatusServiceUnavailable:
				refused = append(refused, v)
			default:
				w.t.Errorf("%s gets %d %s", v.what, answer.Status, answer.Body)
			}
		})
	}
	all.Wait()
	return done, refused
}

// awaits polls the consumer until it gives one of some answers, and returns the time from
// the act to the start of that request, as refusing may take longer.
func (w *watched) awaits(v victim, statuses []int, when string) (took time.Duration) {
	w.t.Helper()
	limit := kit.Busy(inForce)
	if whole() { // on a machine without other work
		limit = inForce
	}
	if v.done.IsZero() {
		v.done = time.Now()
	}
	for ; ; time.Sleep(20 * time.Millisecond) {
		took = time.Since(v.done)
		answer, err := w.consumer.TryDo(v.asks(v.who.Access))
		switch {
		case err != nil:
			w.t.Errorf("%s, %s: %v", v.what, when, err)
			return took
		case slices.Contains(statuses, answer.Status):
			return took
		case took > limit:
			w.t.Errorf("%s, %s: after %v the consumer still returns %d %s, want %d", v.what, when, took.Round(time.Millisecond), answer.Status, answer.Body, statuses)
			return took
		}
	}
}

// awaitAll runs awaits for all concurrently, and returns the longest time.
func (w *watched) awaitAll(victims []victim, statuses func(victim) []int, when string) (worst time.Duration) {
	w.t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, v := range victims {
		all.Go(func() {
			took := w.awaits(v, statuses(v), when)
			mu.Lock()
			defer mu.Unlock()
			worst = max(worst, took)
		})
	}
	all.Wait()
	return worst
}

// remain polls the consumer until it knows again what was done, and fails if it forgets
// that for a moment.
func (w *watched) remain(victims []victim) {
	w.t.Helper()
	for _, v := range victims {
		until(w.t, kit.Busy(inForce), v.what+", afterwards", func() bool {
			answer := w.consumer.Do(v.asks(v.who.Access))
			if answer.Status == v.before {
				w.t.Fatalf("%s: afterwards the consumer returns %d %s again", v.what, answer.Status, answer.Body)
			}
			return answer.Status == v.after
		})
	}
}
