package cluster

import (
	"database/sql"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"user-api/model"
	"user-api/test/faults"
	"user-api/test/kit"
)

// pair is two service nodes on one database and one Redis that can fail.
type pair struct {
	t          *testing.T
	here, away *kit.Node
	redis      *store
	proxy      *faults.Redis
	line       *kit.Line
	admin      string // an administrator's name
	boss       kit.Tokens
}

// ending is something that ends on one node and must end on the other.
type ending struct {
	what string
	// request is sent to this node for a signed-in user.
	request func(p *pair, username string, who kit.Tokens) kit.Request
	// over reports from the answer to check on the other node whether it is in force.
	over func(check kit.Response) bool
}

func isOver(check kit.Response) bool { return check.Status == http.StatusUnauthorized }

var endings = []ending{
	{"sign-out", func(_ *pair, _ string, who kit.Tokens) kit.Request {
		return with("POST", "/user/logout", who.Access, nil)
	}, isOver},
	{"password", func(_ *pair, username string, who kit.Tokens) kit.Request {
		return with("POST", "/user/password", who.Access, object{"oldPassword": passOne, "newPassword": passTwo})
	}, nil}, // of the other session
	{"ban", func(p *pair, _ string, who kit.Tokens) kit.Request {
		return with("POST", fmt.Sprintf("/admin/users/%d/ban", who.UserID), p.boss.Access, object{"reason": "spam"})
	}, isOver},
	{"erasure", func(p *pair, _ string, who kit.Tokens) kit.Request {
		return with("DELETE", fmt.Sprint("/admin/users/", who.UserID), p.boss.Access, nil)
	}, isOver},
	{"role", func(p *pair, _ string, who kit.Tokens) kit.Request {
		return with("PUT", fmt.Sprintf("/admin/users/%d/role", who.UserID), p.boss.Access, object{"role": "admin"})
	}, func(check kit.Response) bool { return check.Status == http.StatusOK && check.Text("role") == "admin" }},
}

func newPair(t *testing.T) *pair {
	dsn := newDatabase(t)
	p := &pair{t: t, redis: startRedis(t)}
	p.proxy = faults.NewRedis(t, p.redis.addr)
	p.line = kit.NewLine(t, p.proxy.Addr())
	stores := kit.Stores{Redis: p.line.Addr(), DataSource: dsn}
	nodes := together(t, []kit.Stores{stores, stores})
	p.here, p.away = nodes[0], nodes[1]
	p.crown(dsn, p.redis)
	return p
}

// crown makes a user an administrator, as the operator's command does, drops the cached
// row, and signs in.
func (p *pair) crown(dsn string, caches ...*store) {
	p.t.Helper()
	var tokens kit.Tokens
	p.admin, tokens = enroll(p.t, p.here)
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE `user` SET `role` = ? WHERE `id` = ?", model.RoleAdmin, tokens.UserID); err != nil {
		p.t.Fatal(err)
	}
	for _, cache := range caches {
		cache.client.FlushAll(p.t.Context()) // a replica refuses
	}
	until(p.t, time.Minute, "the administrator", func() bool {
		p.boss = p.signedIn(p.admin)
		return p.here.Get("/admin/users", p.boss.Access).Status == http.StatusOK
	})
}

// trial is an ending for a user who is signed in on both nodes.
type trial struct {
	ending
	username string
	who      kit.Tokens
	watched  string // the access token that ends
}

// trials returns one for each ending.
func (p *pair) trials() (trials []trial) {
	p.t.Helper()
	p.boss = p.signedIn(p.admin)
	for _, e := range endings {
		username, who := enroll(p.t, p.here)
		x := trial{e, username, who, who.Access}
		if x.over == nil {
			x.over, x.watched = isOver, p.signedIn(username).Access
		}
		p.away.Get("/user/check", x.watched).Want(p.t, http.StatusOK, "")
		p.away.Get("/user/info", x.watched).Want(p.t, http.StatusOK, "")
		trials = append(trials, x)
	}
	return trials
}

// end runs all, and returns the longest time until the other node knew.
func (p *pair) end(t *testing.T, trials []trial) (worst time.Duration) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, x := range trials {
		all.Go(func() {
			took, err := p.over(x)
			if err != nil {
				t.Errorf("%s: %v", x.what, err)
			}
			mu.Lock()
			defer mu.Unlock()
			worst = max(worst, took)
		})
	}
	all.Wait()
	return worst
}

// over sends the request, and returns how long the other node did not know.
func (p *pair) over(x trial) (took time.Duration, err error) {
	limit := kit.Busy(inForce)
	if whole() { // on a machine without other work
		limit = inForce
	}
	answer, err := p.here.TryDo(x.request(p, x.username, x.who))
	if err == nil && answer.Status/100 != 2 {
		err = fmt.Errorf("it gets %d %s", answer.Status, answer.Body)
	}
	for begin := time.Now(); err == nil; time.Sleep(20 * time.Millisecond) {
		check, failed := p.away.TryDo(get("/user/check", x.watched))
		took, err = time.Since(begin), failed
		if err == nil && x.over(check) {
			break
		}
		if took > limit {
			err = fmt.Errorf("the other node still answers %d %s", check.Status, check.Body)
		}
	}
	return took, err
}

// The end of each session or account, and each change of a role, takes effect on the other
// node within five seconds, whatever happens to Redis.
func TestInForce(t *testing.T) {
	p := newPair(t)
	var old []byte
	nothing := func() {}
	set := func(name, value string) func() { return func() { p.redis.do(t, "CONFIG", "SET", name, value) } }
	restore := func() { p.line.Restore(t) }
	for _, s := range []struct {
		name              string
		begin, after, end func()
	}{
		{"well", nothing, nothing, nothing},
		{"OOM", set("maxmemory", "1"), nothing, set("maxmemory", "0")},
		{"READONLY", func() { p.redis.do(t, "REPLICAOF", "127.0.0.1", "1") }, nothing, func() { p.redis.do(t, "REPLICAOF", "NO", "ONE") }},
		{"MISCONF", func() { p.proxy.Set(faults.Unsaved) }, nothing, p.proxy.Clear},
		{"NOREPLICAS", set("min-replicas-to-write", "1"), nothing, set("min-replicas-to-write", "0")},
		{"LOADING", func() { p.proxy.Set(faults.Loading) }, nothing, p.proxy.Clear},
		{"hung", p.line.Stall, nothing, restore},
		{"gone", p.line.Cut, nothing, restore},
		{"put back from an old copy", func() { old = p.redis.copied(t) }, func() { p.redis.putBack(t, old) }, nothing},
		{"lost", nothing, func() { p.redis.putBack(t, nil) }, nothing},
		{"absent since before the nodes started", func() {
			p.line.Cut()
			for _, node := range []*kit.Node{p.here, p.away} {
				node.Kill()
				node.Start()
			}
			for _, node := range []*kit.Node{p.here, p.away} {
				if err := node.Serving("/readyz", time.Minute); err != nil {
					t.Fatal(err)
				}
			}
		}, nothing, restore},
	} {
		t.Run(s.name, func(t *testing.T) {
			p.t = t
			trials := p.trials()
			s.begin()
			worst := p.end(t, trials)
			s.after()
			for _, x := range trials {
				if check := p.away.Get("/user/check", x.watched); check.Status == http.StatusOK && !x.over(check) {
					t.Errorf("%s: afterwards the other node answers %s", x.what, check.Body)
				}
			}
			s.end()
			until(t, time.Minute, "codes", func() bool { return sendsCodes(p.here) && sendsCodes(p.away) })
			measured(t, "In force on a second node, Redis "+s.name, fmt.Sprintf("%d ms at most", worst.Milliseconds()), "5 s")
		})
	}
}

// sendsCodes reports whether a node has a writable Redis.
func sendsCodes(n *kit.Node) bool {
	return n.Post("/user/otp", object{"phone": phone()}).Status == http.StatusOK
}

// signedIn signs in with a username and password.
func (p *pair) signedIn(username string) kit.Tokens {
	p.t.Helper()
	var login kit.Response
	until(p.t, time.Minute, "a sign-in", func() bool {
		login = p.here.Post("/user/login", object{"username": username, "password": passOne})
		return login.Status == http.StatusOK
	})
	return login.Tokens()
}
