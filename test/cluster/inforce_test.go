package cluster

import (
	"database/sql"
	"fmt"
	"net/http"
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

// ending is what ends on one node and must be over on the other.
type ending struct {
	what string
	// request is made here of somebody who is signed in.
	request func(p *pair, username string, who kit.Tokens) kit.Request
	// over reports whether it is in force, by what check answers there.
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
	dsn := mariaDSN(t)
	p := &pair{t: t, redis: startRedis(t)}
	p.proxy = faults.NewRedis(t, p.redis.addr)
	p.line = kit.NewLine(t, p.proxy.Addr())
	stores := kit.Stores{Redis: p.line.Addr(), DataSource: dsn}
	nodes := together(t, []kit.Stores{stores, stores})
	p.here, p.away = nodes[0], nodes[1]
	p.admin, p.boss = enroll(t, p.here)
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE `user` SET `role` = ? WHERE `id` = ?", model.RoleAdmin, p.boss.UserID); err != nil {
		t.Fatal(err)
	}
	until(t, 20*time.Second, "the administrator", func() bool {
		p.redis.client.FlushAll(t.Context()) // what is cached of the row
		return p.here.Get("/admin/users", p.boss.Access).Status == http.StatusOK
	})
	return p
}

// Each end of a session or an account, and each change of a role, is in force on the
// other node within five seconds, whatever becomes of Redis.
func TestInForce(t *testing.T) {
	p := newPair(t)
	var old []byte
	nothing := func() {}
	for _, s := range []struct {
		name              string
		begin, after, end func()
	}{
		{"well", nothing, nothing, nothing},
		{"OOM", func() { p.redis.do(t, "CONFIG", "SET", "maxmemory", "1") }, nothing, func() { p.redis.do(t, "CONFIG", "SET", "maxmemory", "0") }},
		{"READONLY", func() { p.redis.do(t, "REPLICAOF", "127.0.0.1", "1") }, nothing, func() { p.redis.do(t, "REPLICAOF", "NO", "ONE") }},
		{"MISCONF", func() { p.proxy.Set(faults.Unsaved) }, nothing, p.proxy.Clear},
		{"NOREPLICAS", func() { p.redis.do(t, "CONFIG", "SET", "min-replicas-to-write", "1") }, nothing,
			func() { p.redis.do(t, "CONFIG", "SET", "min-replicas-to-write", "0") }},
		{"LOADING", func() { p.proxy.Set(faults.Loading) }, nothing, p.proxy.Clear},
		{"hung", p.line.Stall, nothing, func() { p.line.Restore(t) }},
		{"gone", p.line.Cut, nothing, func() { p.line.Restore(t) }},
		{"put back from an old copy", func() { old = p.redis.copied(t) }, func() { p.redis.putBack(t, old) }, nothing},
		{"lost", nothing, func() { p.redis.putBack(t, nil) }, nothing},
	} {
		t.Run(s.name, func(t *testing.T) {
			p.t = t
			p.boss = p.signedIn(p.admin)
			type trial struct {
				ending
				username string
				who      kit.Tokens
				watched  string
			}
			var trials []trial
			for _, e := range endings {
				username, who := enroll(t, p.here)
				x := trial{e, username, who, who.Access}
				if x.over == nil {
					x.over, x.watched = isOver, p.signedIn(username).Access
				}
				p.away.Get("/user/check", x.watched).Want(t, http.StatusOK, "")
				p.away.Get("/user/info", x.watched).Want(t, http.StatusOK, "")
				trials = append(trials, x)
			}
			s.begin()
			worst := time.Duration(0)
			for _, x := range trials {
				answer := p.here.Do(x.request(p, x.username, x.who))
				begin := time.Now()
				if answer.Status == http.StatusServiceUnavailable && x.what == "erasure" {
					// Open codes of the account are in Redis, so it may wait, as a whole.
					if check := p.away.Get("/user/check", x.watched); check.Status != http.StatusOK {
						t.Errorf("an erasure was answered 503, and its session is %d", check.Status)
					}
					continue
				}
				if answer.Status/100 != 2 {
					t.Errorf("%s is answered %d %s", x.what, answer.Status, answer.Body)
					continue
				}
				for !x.over(p.away.Get("/user/check", x.watched)) {
					if time.Since(begin) > inForce {
						t.Errorf("%s: the other node still answers %s", x.what, p.away.Get("/user/check", x.watched).Body)
						break
					}
					time.Sleep(20 * time.Millisecond)
				}
				worst = max(worst, time.Since(begin))
			}
			s.after()
			for _, x := range trials {
				if check := p.away.Get("/user/check", x.watched); check.Status == http.StatusOK && !x.over(check) {
					t.Errorf("%s: afterwards the other node answers %s", x.what, check.Body)
				}
			}
			s.end()
			until(t, 20*time.Second, "codes", func() bool { return sendsCodes(p.here) && sendsCodes(p.away) })
			measured(t, "In force on a second node, Redis "+s.name, fmt.Sprintf("%d ms at most", worst.Milliseconds()), "5 s")
		})
	}
}

// sendsCodes reports whether a node has a Redis that can be written.
func sendsCodes(n *kit.Node) bool {
	return n.Post("/user/otp", object{"phone": phone()}).Status == http.StatusOK
}

// signedIn signs a name in by password.
func (p *pair) signedIn(username string) kit.Tokens {
	p.t.Helper()
	var login kit.Response
	until(p.t, 20*time.Second, "a sign-in", func() bool {
		login = p.here.Post("/user/login", object{"username": username, "password": passOne})
		return login.Status == http.StatusOK
	})
	return login.Tokens()
}
