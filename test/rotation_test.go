package test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/test/kit"
)

// secrets holds the secrets of a node, in the order of secretKeys: the current one and the
// additional one.
type secrets [4][2]string

var secretKeys = [4][2]string{
	{"Auth: {AccessSecret: %q}", "Auth: {PrevAccessSecret: %q}"},
	{"Auth: {RefreshSecret: %q}", "Auth: {PrevRefreshSecret: %q}"},
	{"Otp: {Pepper: %q}", "Otp: {PrevPepper: %q}"},
	{"Privacy: {PseudonymKey: %q}", "Privacy: {PrevPseudonymKey: %q}"},
}

func (s secrets) options() (options []kit.Option) {
	for i, keys := range secretKeys {
		for j, key := range keys {
			if s[i][j] != "" {
				options = append(options, kit.Option(fmt.Sprintf(key, s[i][j])))
			}
		}
	}
	return options
}

// cluster is two nodes behind a load balancer without sticky sessions.
type cluster struct {
	app   *kit.App
	mu    sync.RWMutex
	nodes [2]*kit.App
	turn  atomic.Int64
}

// do sends a request to the next node. A node stops only after it has answered its
// requests.
func (c *cluster) do(r kit.Request) (kit.Response, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.nodes[c.turn.Add(1)%2].TryDo(r)
}

// replace starts a node with other secrets, moves the traffic of one to it, and stops that
// one.
func (c *cluster) replace(i int, s secrets, limits kit.Option) {
	node := c.app.Beside(append(s.options(), limits)...)
	c.mu.Lock()
	old := c.nodes[i]
	c.nodes[i] = node
	c.mu.Unlock()
	old.Stop()
}

// user signs in, refreshes and reads the account once, on any nodes.
func (c *cluster) user(n int) error {
	phone := fmt.Sprintf("+9198%08d", n)
	want := func(resp kit.Response, err error) (kit.Response, error) {
		if err == nil && resp.Status != http.StatusOK {
			err = fmt.Errorf("%d %s", resp.Status, resp.Body)
		}
		return resp, err
	}
	post := func(path string, body object) (kit.Response, error) {
		return want(c.do(kit.Request{Method: http.MethodPost, Path: path, Body: body}))
	}
	asked, err := post("/user/otp", object{"phone": phone})
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	code := ""
	for deadline := time.Now().Add(time.Minute); code == "" && time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		resp, err := want(c.do(kit.Request{Method: http.MethodGet, Path: "/dev/inbox?to=%2B" + phone[1:]}))
		if err != nil {
			return fmt.Errorf("inbox: %w", err)
		}
		if list, _ := resp.JSON["messages"].([]any); len(list) > 0 {
			code, _ = list[0].(map[string]any)["otp"].(string)
		}
	}
	resp, err := post("/user/login", object{"otpId": asked.Text("otpId"), "otp": code})
	if err != nil {
		return fmt.Errorf("sign in with %q: %w", code, err)
	}
	for range 4 {
		if _, err := want(c.do(kit.Request{Method: http.MethodGet, Path: "/user/info", Bearer: resp.Tokens().Access})); err != nil {
			return fmt.Errorf("info: %w", err)
		}
		if resp, err = post("/user/refresh", object{"refreshToken": resp.Tokens().Refresh}); err != nil {
			return fmt.Errorf("refresh: %w", err)
		}
	}
	return nil
}

func newSecret() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}

// Every secret is changed on two nodes, one after the other and step by step, under load.
// No request is refused, no user is signed out, and counts continue.
func TestRotation_underLoad(t *testing.T) {
	const limits kit.Option = `
Otp: {Cooldown: 1, Expire: 600}
RateLimit:
  Send: {Address: 9/86400, Client: 100000/3600, Block: 100000/600, Country: 100000/3600, Global: 100000/60}
  Password: {Account: 7/900, Client: 100000/3600}
  Conversion: {Mode: off}
  Budget: {Day: 0, Country: 0, Block: 0}
`
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		before := secrets{{app.Config.Auth.AccessSecret}, {app.Config.Auth.RefreshSecret}, {app.Config.Otp.Pepper}}
		after := secrets{{newSecret()}, {newSecret()}, {newSecret()}, {newSecret()}}
		published, swapped := before, after
		for i := range before {
			published[i][1], swapped[i][1] = after[i][0], before[i][0]
		}
		swapped[3][1] = before[2][0] // pseudonyms were derived from the pepper

		c := &cluster{app: app, nodes: [2]*kit.App{app, app.Beside(append(before.options(), limits)...)}}
		owner := app.SignIn(phone) // an old session, unused until the end
		var next, users atomic.Int64
		stop, load := make(chan struct{}), sync.WaitGroup{}
		for range 4 {
			load.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if err := c.user(int(next.Add(1))); err != nil {
						t.Errorf("a user was refused: %v", err)
						return
					}
					users.Add(1)
				}
			})
		}

		const counted = "+919812345678"
		failures, sends, guesses := 0, 0, 0
		// count requests a code and fails with it, at each node in turn.
		count := func(i int) {
			app.Advance(3 * time.Second)
			asked := c.nodes[i].Post("/user/otp", object{"phone": counted})
			asked.Want(t, 200, "")
			sends++
			c.nodes[i].Post("/user/login", object{"otpId": asked.Text("otpId"), "otp": "0000"}).Want(t, 401, "otp_invalid")
			failures++
			c.nodes[i].Post("/user/login", object{"username": "nobody", "password": passOne}).Want(t, 401, "invalid_credentials")
			guesses++
		}
		count(0)
		for _, step := range []secrets{published, swapped, after} {
			for i := range c.nodes {
				n := users.Load()
				app.Await("load on both nodes", func() bool { return users.Load() >= n+4 || t.Failed() })
				c.replace(i, step, limits)
				count(1 - i)
			}
		}
		close(stop)
		load.Wait()
		if t.Failed() {
			return
		}
		t.Logf("%d users signed in during the rotation", users.Load())

		if sends != 7 || failures != 7 || guesses != 7 {
			t.Fatalf("%d sends, %d failures, %d guesses: the test counts wrongly", sends, failures, guesses)
		}
		last := c.nodes[0]
		guess := last.Post("/user/login", object{"username": "nobody", "password": passOne})
		guess.Want(t, 429, "rate_limited")
		app.Advance(3 * time.Second)
		asked := last.Post("/user/otp", object{"phone": counted})
		asked.Want(t, 200, "")
		for range 3 {
			last.Post("/user/login", object{"otpId": asked.Text("otpId"), "otp": "0000"}).Want(t, 401, "otp_invalid")
		}
		locked(t, last.Post("/user/login", object{"otpId": asked.Text("otpId"), "otp": "0000"}), 15*time.Minute)
		app.Advance(16 * time.Minute)
		last.Post("/user/otp", object{"phone": counted}).Want(t, 200, "")
		app.Advance(3 * time.Second)
		if refused := last.Post("/user/otp", object{"phone": counted}); refused.Text("limit") != "address" {
			t.Errorf("the tenth send of a day: %s, want the limit of the address", refused.Body)
		}
		// The secret that signed it is gone: it would have been refreshed during its
		// lifetime.
		refresh(last, owner.Refresh).Want(t, 401, "refresh_invalid")
	}, limits)
}
