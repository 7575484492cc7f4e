package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	// inForce is how soon changes at user-api take effect here.
	inForce = 5 * time.Second
	// busy is the additional time for a busy machine.
	busy = 3
)

// phone returns numbers that are far apart, because user-api limits messages to a block of
// numbers.
func phone(n int) string { return fmt.Sprintf("+9198765%d4321", n) }

// becomes polls until the response has the status, and fails the test if that takes longer
// than promised.
func (w *world) becomes(status int, method, path, bearer string) answer {
	w.Helper()
	begin := time.Now()
	for {
		got := w.ask(method, w.own+path, bearer, nil)
		took := time.Since(begin)
		if got.status == status {
			w.Logf("%s %s is answered %d after %v", method, path, status, took.Round(time.Millisecond))
			return got
		}
		if took > busy*inForce {
			w.Fatalf("%s %s is still answered %d %s after %v, want %d", method, path, got.status, got.body, took, status)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Users who are signed in at user-api can order here until their session ends there.
func TestOrders(t *testing.T) {
	w := newWorld(t)
	for name, scene := range map[string]func(*world){
		"sign-out": (*world).signsOut, "ban": (*world).isBanned, "role": (*world).administrates,
	} {
		t.Run(name, func(t *testing.T) {
			inner := *w
			inner.T = t
			scene(&inner)
		})
	}
	t.Run("user-api is down", func(t *testing.T) {
		inner := *w
		inner.T = t
		inner.isAlone()
	})
}

func (w *world) signsOut() {
	ann, bob := w.signIn(phone(1)), w.signIn(phone(2))
	for _, bearer := range []string{"", "nonsense", ann.RefreshToken} {
		refused := w.ask("GET", w.own+"/orders", bearer, nil).want(w.T, 401)
		if told := refused.header.Get("WWW-Authenticate"); !strings.HasPrefix(told, "Bearer") {
			w.Errorf("a rejection has WWW-Authenticate %q", told)
		}
	}
	w.ask("POST", w.own+"/orders", ann.AccessToken, map[string]string{"item": "tea"}).want(w.T, 200)
	w.ask("POST", w.own+"/orders/1/pay", ann.AccessToken, nil).want(w.T, 200)
	w.ask("POST", w.own+"/orders/1/pay", bob.AccessToken, nil).want(w.T, 404)
	w.ask("DELETE", w.own+"/admin/orders/1", ann.AccessToken, nil).want(w.T, 403)
	for bearer, want := range map[string]string{
		ann.AccessToken: `{"orders":[{"id":1,"item":"tea","paid":true}]}`,
		bob.AccessToken: `{"orders":[]}`,
	} {
		if got := w.ask("GET", w.own+"/orders", bearer, nil).want(w.T, 200); string(got.body) != want {
			w.Errorf("got the orders %s, want %s", got.body, want)
		}
	}
	for bearer, want := range map[string]bool{"": false, ann.AccessToken: true, bob.AccessToken: false} {
		got := w.ask("GET", w.own+"/menu", bearer, nil).want(w.T, 200)
		if has := strings.Contains(string(got.body), `"again":"tea"`); has != want {
			w.Errorf("got the menu %s, want the caller known: %t", got.body, want)
		}
	}

	w.ask("POST", w.userAPI+"/user/logout", ann.AccessToken, nil).want(w.T, 204)
	w.becomes(401, "GET", "/orders", ann.AccessToken)
	w.ask("GET", w.own+"/orders", bob.AccessToken, nil).want(w.T, 200)
}

func (w *world) isBanned() {
	cleo := w.signIn(phone(3))
	w.ask("GET", w.own+"/orders", cleo.AccessToken, nil).want(w.T, 200)
	w.operate("admin", "ban", "--phone", phone(3))
	w.becomes(401, "GET", "/orders", cleo.AccessToken)
}

func (w *world) administrates() {
	dora := w.signIn(phone(4))
	w.ask("DELETE", w.own+"/admin/orders/77", dora.AccessToken, nil).want(w.T, 403)
	w.operate("admin", "grant", "--phone", phone(4), "--role", "admin")
	w.becomes(404, "DELETE", "/admin/orders/77", dora.AccessToken)
	w.signIn(phone(5)) // the last administrator could not be demoted
	w.operate("admin", "grant", "--phone", phone(5), "--role", "admin")
	w.operate("admin", "grant", "--phone", phone(4), "--role", "user")
	w.becomes(403, "DELETE", "/admin/orders/77", dora.AccessToken)
}

// isAlone stops user-api. Because nobody is then known to be still signed in, everybody is
// rejected after five seconds and admitted again once it is back. A user who then signs out is
// rejected.
func (w *world) isAlone() {
	ed, fay := w.signIn(phone(6)), w.signIn(phone(7))
	both := []tokens{ed, fay}
	for _, who := range both {
		w.ask("GET", w.own+"/orders", who.AccessToken, nil).want(w.T, 200)
	}
	w.users.stop()
	w.becomes(503, "GET", "/orders", ed.AccessToken)
	w.ask("GET", w.own+"/menu", "", nil).want(w.T, 200)
	w.shop.stop()
	w.shop.start("http://" + w.own + "/menu") // starts without any knowledge, not even the keys
	w.ask("GET", w.own+"/orders", ed.AccessToken, nil).want(w.T, 503)
	w.users.start("http://" + w.userAPI + "/readyz")
	for _, who := range both {
		w.becomes(200, "GET", "/orders", who.AccessToken)
	}
	w.ask("POST", w.userAPI+"/user/logout", ed.AccessToken, nil).want(w.T, 204)
	w.becomes(401, "GET", "/orders", ed.AccessToken)
	w.becomes(200, "GET", "/orders", fay.AccessToken) // go-zero's breaker may still reject some
	for name, p := range map[string]*process{"user-api": w.users, "orders": w.shop} {
		for _, who := range both {
			for _, secret := range []string{who.AccessToken, who.RefreshToken} {
				if strings.Contains(p.printed(), secret) {
					w.Errorf("%s has printed a token", name)
				}
			}
		}
	}
}
