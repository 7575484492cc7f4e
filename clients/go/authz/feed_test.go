package authz_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// wantVerify checks the error of Verify; nil means that the token is accepted.
func wantVerify(t *testing.T, name string, auth *authz.Auth, raw string, want *authz.Error) authz.Principal {
	t.Helper()
	p, err := auth.Verify(t.Context(), raw)
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", name, err, want)
	}
	return p
}

// Changes at the issuer take effect for cached tokens and for others.
func TestFeed(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*authztest.Issuer, *authztest.Session)
		want *authz.Error
	}{
		"sign-out":            {func(i *authztest.Issuer, s *authztest.Session) { i.End(s) }, authz.ErrSessionEnded},
		"ban":                 {func(i *authztest.Issuer, s *authztest.Session) { i.Ban(s.User.ID) }, authz.ErrSessionEnded},
		"erasure":             {func(i *authztest.Issuer, s *authztest.Session) { i.Purge(s.User.ID) }, authz.ErrSessionEnded},
		"erasure, then unban": {func(i *authztest.Issuer, s *authztest.Session) { i.Purge(s.User.ID); i.Unban(s.User.ID) }, authz.ErrSessionEnded},
		"ban, then unban":     {func(i *authztest.Issuer, s *authztest.Session) { i.Ban(s.User.ID); i.Unban(s.User.ID) }, authz.ErrSessionEnded},
		"revoked key":         {func(i *authztest.Issuer, _ *authztest.Session) { i.RevokeKey(i.KeyID()) }, authz.ErrUnauthorized},
		"rotated key":         {func(i *authztest.Issuer, _ *authztest.Session) { i.RotateKey(authztest.EdDSA) }, nil},
		"another's sign-out":  {func(i *authztest.Issuer, _ *authztest.Session) { i.End(i.SignIn(authztest.User{ID: 7})) }, nil},
		"another's ban":       {func(i *authztest.Issuer, _ *authztest.Session) { i.Ban(8) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issuer := authztest.New(t)
			auth := issuer.Auth()
			s := issuer.SignIn(authztest.User{ID: 7})
			unseen := issuer.Refresh(s)
			wantVerify(t, "before", auth, s.Token, nil)
			c.do(issuer, s)
			wantVerify(t, "a cached token", auth, s.Token, c.want)
			wantVerify(t, "one that is not cached", auth, unseen, c.want)
		})
	}
}

func TestFeed_unban(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	issuer.Ban(7)
	s := issuer.SignIn(authztest.User{ID: 7})
	wantVerify(t, "banned", auth, s.Token, authz.ErrSessionEnded)
	issuer.Unban(7)
	wantVerify(t, "no longer", auth, s.Token, nil)
	issuer.Purge(7)
	issuer.Unban(7)
	wantVerify(t, "an erased user", auth, issuer.Token(authztest.User{ID: 7}), authz.ErrSessionEnded)
}

func TestFeed_role(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	s := issuer.SignIn(authztest.User{ID: 7, Role: "admin"})
	h := auth.RequireRole("admin")(func(http.ResponseWriter, *http.Request) {})
	for role, want := range map[string]int{"admin": 200, "user": 403} {
		issuer.SetRole(7, role)
		if p := wantVerify(t, role, auth, s.Token, nil); p.Role != role {
			t.Errorf("the role is %s, want %s", p.Role, role)
		}
		if w := do(h, "Bearer "+s.Token); w.Code != want {
			t.Errorf("%s: %d, want %d", role, w.Code, want)
		}
	}
}

// The requests: first the whole history without waiting, page by page, then news, held by
// the issuer.
func TestFeed_requests(t *testing.T) {
	t.Parallel()
	issuer := authztest.New(t)
	_, s := scripted(t, issuer)
	want := func(query string) {
		t.Helper()
		if got := s.current.URL.RawQuery; got != query {
			t.Errorf("requested with %q, want %q", got, query)
		}
		if id, secret, ok := s.current.BasicAuth(); !ok || id != "authztest" || secret != "secret-of-authztest" {
			t.Error("requested without the credentials")
		}
	}
	want("wait=0")
	s.answer(object{"reset": true, "more": true, "next": "a b&c"})
	want("after=a+b%26c&wait=0")
	s.answer(object{"next": "d"})
	want("after=d&wait=2")
	s.answer(object{"next": "e"})
	want("after=e&wait=2")
	for _, bad := range []string{`{"next":"","age":0,"keep":1}`, `{"next":"f","age":-1,"keep":1}`, `{"next":"f","keep":0}`, "<html>", "{}", ""} {
		s.raw(http.StatusOK, bad)
		want("after=e&wait=0") // an error does not reset the cursor
		s.answer(object{"next": "e"})
		want("after=e&wait=2")
	}
	for _, status := range []int{http.StatusUnauthorized, http.StatusFound, http.StatusServiceUnavailable, http.StatusNoContent} {
		s.raw(status, "")
		want("after=e&wait=0")
		s.answer(object{"next": "e"})
		want("after=e&wait=2")
	}
	s.raw(http.StatusBadRequest, "")
	want("wait=0") // the cursor was rejected
}

// The knowledge of an Auth is complete until (the time of its request + waited - age).
func TestFeed_lateness(t *testing.T) {
	issuer := authztest.New(t)
	auth, s := scripted(t, issuer, authz.WhenLate(authz.FailClosed))
	raw := issuer.Token(authztest.User{})
	late := func(name string, want time.Duration) {
		t.Helper()
		if behind, ok := auth.Behind(); !ok || behind != want {
			t.Errorf("%s: behind %v, %t, want %v", name, behind, ok, want)
		}
		var refused *authz.Error
		if want > 5*time.Second {
			refused = authz.ErrUnavailable
		}
		wantVerify(t, name, auth, raw, refused)
	}
	if _, ok := auth.Behind(); ok {
		t.Error("it is not late before the first answer")
	}
	wantVerify(t, "before the first answer", auth, raw, authz.ErrUnavailable)
	s.answer(object{"reset": true, "more": true, "age": 0})
	wantVerify(t, "while there are further pages", auth, raw, authz.ErrUnavailable)
	s.answer(object{"age": 4000})
	late("the issuer is 4 s behind", 4*time.Second)
	issuer.Advance(time.Second)
	late("5 s", 5*time.Second)
	issuer.Advance(time.Millisecond)
	late("a moment later", 5*time.Second+time.Millisecond)

	s.answer(object{"age": 0}) // was requested 1001 ms ago
	late("answered at the time of the request, as far as is known", 1001*time.Millisecond)
	issuer.Advance(3 * time.Second)
	s.answer(object{"waited": 2500, "age": 0})
	late("held", 500*time.Millisecond)
	issuer.Advance(time.Second)
	s.answer(object{"waited": 3600_000, "age": 700})
	late("an impossibly long wait", 700*time.Millisecond)
	issuer.Advance(time.Second)
	s.answer(object{"waited": 1000, "age": 60_000})
	late("a node that is far behind takes nothing back", 1700*time.Millisecond)
	issuer.Advance(time.Second)
	s.answer(object{"waited": 1000, "age": 60_000, "reset": true})
	late("but one that resets does", 60*time.Second)
}

// After a reset the new state replaces the old one once all pages have been read.
func TestFeed_reset(t *testing.T) {
	issuer := authztest.New(t)
	auth, s := scripted(t, issuer)
	a, b, c := issuer.SignIn(authztest.User{ID: 1}), issuer.SignIn(authztest.User{ID: 2}), issuer.SignIn(authztest.User{ID: 3})
	ended := func(id string, of *authztest.Session) object {
		return object{"id": id, "at": 1, "kind": "session-revoked", "userId": of.User.ID, "sessionId": of.ID}
	}
	s.answer(object{"reset": true, "events": []object{ended("1", a), {"id": "2", "kind": "account-disabled", "userId": 2}}})
	wantVerify(t, "a", auth, a.Token, authz.ErrSessionEnded)
	wantVerify(t, "b", auth, b.Token, authz.ErrSessionEnded)
	wantVerify(t, "c", auth, c.Token, nil)
	s.answer(object{"reset": true, "more": true, "events": []object{ended("3", c)}})
	wantVerify(t, "a, between pages", auth, a.Token, authz.ErrSessionEnded)
	wantVerify(t, "b, between pages", auth, b.Token, authz.ErrSessionEnded)
	wantVerify(t, "c, between pages", auth, c.Token, authz.ErrSessionEnded)
	s.raw(http.StatusServiceUnavailable, "") // in the middle
	s.answer(object{})
	wantVerify(t, "a, forgotten", auth, a.Token, nil)
	wantVerify(t, "b, forgotten", auth, b.Token, nil)
	wantVerify(t, "c", auth, c.Token, authz.ErrSessionEnded)
}

// Entries may come twice and in any order. Of two about the same user the one with the
// greater id counts.
func TestFeed_order(t *testing.T) {
	issuer := authztest.New(t)
	auth, s := scripted(t, issuer)
	u := issuer.SignIn(authztest.User{ID: 7})
	role := func(id, role string) object {
		return object{"id": id, "kind": "token-claims-change", "userId": 7, "role": role}
	}
	s.answer(object{"reset": true, "events": []object{
		role("9", "nine"), role("10", "ten"), role("9", "nine"), role("010", "again"), {"id": "11", "kind": "identifier-changed", "userId": 7},
		{"id": "12", "kind": "a-kind-to-come", "userId": 7}, {"id": "13", "kind": "token-claims-change", "userId": 7}, {"id": "14", "kind": "account-disabled"}, {"kind": "session-revoked"},
	}})
	if p := wantVerify(t, "ids that are numbers", auth, u.Token, nil); p.Role != "ten" {
		t.Errorf("role %s", p.Role)
	}
	s.answer(object{"events": []object{role("z-2", "two"), role("z-1", "one")}})
	if p := wantVerify(t, "ids that are words", auth, u.Token, nil); p.Role != "two" {
		t.Errorf("role %s", p.Role)
	}
	s.answer(object{"events": []object{{"id": "6", "kind": "account-enabled", "userId": 7}, {"id": "5", "kind": "account-disabled", "userId": 7}}})
	wantVerify(t, "a ban from before it was lifted", auth, u.Token, nil)
	s.answer(object{"events": []object{{"id": "7", "kind": "account-disabled", "userId": 7}, {"id": "6", "kind": "account-enabled", "userId": 7}}})
	wantVerify(t, "a ban from after one was lifted", auth, u.Token, authz.ErrSessionEnded)
}

// Entries are kept for as long as a token may live, and then dropped.
func TestFeed_memory(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	s := issuer.SignIn(authztest.User{ID: 7})
	issuer.End(s)
	for range 15 {
		wantVerify(t, "ended", auth, s.Token, authz.ErrSessionEnded)
		issuer.Advance(time.Minute)
	}
	wantVerify(t, "ended and within the leeway", auth, s.Token, authz.ErrSessionEnded)
	issuer.Advance(30 * time.Second)
	wantVerify(t, "expired", auth, s.Token, authz.ErrUnauthorized)
}

func TestClose(t *testing.T) {
	issuer := authztest.New(t)
	auth, err := authz.New(issuer.URL(), append(issuer.Options(), authz.WhenLate(authz.FailClosed))...)
	if err != nil {
		t.Fatal(err)
	}
	raw := issuer.Token(authztest.User{})
	if err := auth.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	auth.Close()
	auth.Close() // calling it twice is safe
	issuer.Advance(6 * time.Second)
	wantVerify(t, "after Close", auth, raw, authz.ErrUnavailable)
}
