package cluster

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"user-api/test/kit"
)

// acknowledged is what the service has confirmed, and must therefore hold whenever it was
// killed.
type acknowledged struct {
	mu       sync.Mutex
	signedUp map[string]bool       // usernames
	verified map[string]object     // a code that has opened a session, by its number
	out      []kit.Tokens          // tokens of signed-out sessions
	living   map[string]kit.Tokens // the newest tokens of an active session
}

// A process that is killed repeatedly while it registers, verifies, refreshes and signs out
// leaves nothing incomplete: its confirmations hold, each number and name has one account,
// and no code opens a second session.
func TestKilled(t *testing.T) {
	dsn := newDatabase(t)
	node := together(t, []kit.Stores{{Redis: startRedis(t).addr, DataSource: dsn}})[0]
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	n := rounds(25, 100)
	a := &acknowledged{signedUp: map[string]bool{}, verified: map[string]object{}, living: map[string]kit.Tokens{}}
	for round := range n {
		var all sync.WaitGroup
		for _, work := range []func(*kit.Node, int){a.signUp, a.verify, a.verify, a.refresh, a.signOut} {
			all.Go(func() { work(node, round) })
		}
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		node.Kill()
		all.Wait()
		node.Start()
		if err := node.Serving("/readyz", time.Minute); err != nil {
			t.Fatal(err)
		}
		invariants(t, db)
		if t.Failed() {
			break
		}
	}
	a.check(t, node)
	measured(t, "kill -9 in sign-up, verify, refresh, sign-out", fmt.Sprintf("%d rounds: %d sign-ups, %d codes, %d sign-outs, %d sessions held", n, len(a.signedUp), len(a.verified), len(a.out), len(a.living)), "nothing half-done")
}

// try is a request that may be lost with the process.
func try(node *kit.Node, r kit.Request) (kit.Response, bool) {
	answer, err := node.TryDo(r)
	return answer, err == nil && answer.Status/100 == 2
}

func (a *acknowledged) signUp(node *kit.Node, _ int) {
	for {
		username := name()
		answer, ok := try(node, post("/user/register", object{"username": username, "password": passOne}))
		if ok {
			a.mu.Lock()
			a.signedUp[username] = true
			a.mu.Unlock()
		}
		if answer.Status == 0 {
			return
		}
	}
}

func (a *acknowledged) verify(node *kit.Node, _ int) {
	for {
		to := phone()
		ask, ok := try(node, post("/user/otp", object{"phone": to}))
		if !ok {
			return
		}
		body := object{"otpId": ask.Text("otpId"), "otp": codeOf(node, to)}
		if body["otp"] == "" {
			return
		}
		login, ok := try(node, post("/user/login", body))
		if !ok {
			return
		}
		a.mu.Lock()
		a.verified[to] = body
		a.living[to] = login.Tokens()
		a.mu.Unlock()
	}
}

// codeOf waits for a code until the process is gone.
func codeOf(node *kit.Node, to string) string {
	for {
		inbox, ok := try(node, get("/dev/inbox?to=%2B"+to[1:], ""))
		if !ok {
			return ""
		}
		if list, _ := inbox.JSON["messages"].([]any); len(list) > 0 {
			code, _ := list[0].(object)["otp"].(string)
			return code
		}
	}
}

// pick takes an active session.
func (a *acknowledged) pick() (to string, tokens kit.Tokens, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for to, tokens = range a.living {
		delete(a.living, to)
		return to, tokens, true
	}
	return "", tokens, false
}

// refresh keeps the current token for a retry if no answer arrives.
func (a *acknowledged) refresh(node *kit.Node, _ int) {
	for {
		to, tokens, ok := a.pick()
		if !ok {
			return
		}
		answer, ok := try(node, refreshing(tokens.Refresh))
		if ok {
			tokens = answer.Tokens()
		}
		a.mu.Lock()
		a.living[to] = tokens
		a.mu.Unlock()
		if !ok {
			return
		}
	}
}

// signOut forgets a session whose end was not confirmed: it may be active or not.
func (a *acknowledged) signOut(node *kit.Node, round int) {
	time.Sleep(time.Duration(round%7) * 10 * time.Millisecond)
	_, tokens, ok := a.pick()
	if !ok {
		return
	}
	if _, ok := try(node, with("POST", "/user/logout", tokens.Access, nil)); ok {
		a.mu.Lock()
		a.out = append(a.out, tokens)
		a.mu.Unlock()
	}
}

// invariants are statements about the tables that no kill may break.
func invariants(t *testing.T, db *sql.DB) {
	t.Helper()
	for what, query := range map[string]string{
		"numbers with two accounts":        "SELECT COUNT(*) FROM (SELECT 1 FROM `user` WHERE `phone` IS NOT NULL GROUP BY `phone` HAVING COUNT(*) > 1) x",
		"names with two accounts":          "SELECT COUNT(*) FROM (SELECT 1 FROM `user` WHERE `username` IS NOT NULL GROUP BY `username` HAVING COUNT(*) > 1) x",
		"names without a password":         "SELECT COUNT(*) FROM `user` u LEFT JOIN `credential` c ON c.`user_id` = u.`id` WHERE u.`username` IS NOT NULL AND c.`user_id` IS NULL",
		"sessions of nobody":               "SELECT COUNT(*) FROM `token` t LEFT JOIN `user` u ON u.`id` = t.`user_id` WHERE u.`id` IS NULL",
		"accounts of a number, no sign-in": "SELECT COUNT(*) FROM `user` u WHERE u.`phone` IS NOT NULL AND u.`username` IS NOT NULL",
		"second sessions of a new number":  "SELECT COUNT(*) FROM (SELECT 1 FROM `token` t JOIN `user` u ON u.`id` = t.`user_id` WHERE u.`phone` IS NOT NULL GROUP BY t.`user_id` HAVING COUNT(*) > 1) x",
		"tokens that two sessions hold":    "SELECT COUNT(*) FROM (SELECT 1 FROM `token` GROUP BY `hash` HAVING COUNT(*) > 1) x",
		"credentials of nobody":            "SELECT COUNT(*) FROM `credential` c LEFT JOIN `user` u ON u.`id` = c.`user_id` WHERE u.`id` IS NULL",
	} {
		var n int
		if err := db.QueryRow(query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}

// check verifies everything that was confirmed.
func (a *acknowledged) check(t *testing.T, node *kit.Node) {
	t.Helper()
	for _, tokens := range a.out {
		if answer := node.Do(refreshing(tokens.Refresh)); answer.Status != http.StatusUnauthorized {
			t.Errorf("the token of a signed-out session gets %d", answer.Status)
		}
		if answer := node.Do(get("/user/check", tokens.Access)); answer.Status != http.StatusUnauthorized {
			t.Errorf("the access token of a signed-out session gets %d", answer.Status)
		}
	}
	for _, tokens := range a.living {
		if answer := node.Do(refreshing(tokens.Refresh)); answer.Status != http.StatusOK {
			t.Errorf("the newest token of a session gets %d %s", answer.Status, answer.Body)
		}
	}
	for _, body := range a.verified {
		if answer := node.Post("/user/login", body); answer.Status != http.StatusUnauthorized {
			t.Errorf("a used code gets %d", answer.Status)
		}
	}
	signIns := 0
	for username := range a.signedUp {
		if signIns++; signIns > 20 {
			break
		}
		if answer := node.Post("/user/login", object{"username": username, "password": passOne}); answer.Status != http.StatusOK {
			t.Errorf("a registered user gets %d", answer.Status)
		}
	}
}
