package authz_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// The table of policies in the README.
func TestPolicies(t *testing.T) {
	down := func(i *authztest.Issuer) { i.Down() }
	late := func(i *authztest.Issuer) { i.Late() }
	for _, c := range []struct {
		name   string
		set    []authz.Option
		role   string
		happen func(*authztest.Issuer)
		lives  *authz.Error // for an active session
		ended  *authz.Error // for one that has ended since
	}{
		{"by default the issuer is asked about a user", nil, "user", late, nil, authz.ErrSessionEnded},
		{"by default an administrator is rejected", nil, "admin", late, authz.ErrUnavailable, authz.ErrUnavailable},
		{"FailClosed", []authz.Option{authz.WhenLate(authz.FailClosed)}, "user", late, authz.ErrUnavailable, authz.ErrUnavailable},
		{"AllowUntilExpiry", []authz.Option{authz.WhenLate(authz.AllowUntilExpiry)}, "user", late, nil, nil},
		{"AllowUntilExpiry for all includes administrators", []authz.Option{authz.WhenLate(authz.AllowUntilExpiry)}, "admin", late, nil, nil},
		{"AskService", []authz.Option{authz.WhenLate(authz.AskService)}, "admin", late, nil, authz.ErrSessionEnded},
		{"by role", []authz.Option{authz.WhenLate(authz.FailClosed), authz.WhenLate(authz.AllowUntilExpiry, "user")}, "user", late, nil, nil},
		{"by another role", []authz.Option{authz.WhenLate(authz.AllowUntilExpiry, "user"), authz.WhenLate(authz.FailClosed)}, "support", late, authz.ErrUnavailable, authz.ErrUnavailable},
		{"down: by default", nil, "user", down, authz.ErrUnavailable, authz.ErrUnavailable},
		{"down: an administrator", nil, "admin", down, authz.ErrUnavailable, authz.ErrUnavailable},
		{"down: AllowUntilExpiry", []authz.Option{authz.WhenLate(authz.AllowUntilExpiry)}, "user", down, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			issuer := authztest.New(t)
			auth := issuer.Auth(c.set...)
			a, b, known := issuer.SignIn(authztest.User{ID: 1, Role: c.role}), issuer.SignIn(authztest.User{ID: 2, Role: c.role}), issuer.SignIn(authztest.User{ID: 3, Role: c.role})
			for _, s := range []*authztest.Session{a, b, known} {
				wantVerify(t, "before", auth, s.Token, nil)
			}
			issuer.End(known)
			c.happen(issuer)
			issuer.End(b)
			wantVerify(t, "an active session", auth, a.Token, c.lives)
			wantVerify(t, "one that has ended since", auth, b.Token, c.ended)
			wantVerify(t, "one that is known to have ended", auth, known.Token, authz.ErrSessionEnded)
			wantVerify(t, "a forged token", auth, a.Token+"A", authz.ErrUnauthorized)
			issuer.Up()
			wantVerify(t, "an active session, once the feed is read again", auth, a.Token, nil)
			wantVerify(t, "one that ended in the meantime", auth, b.Token, authz.ErrSessionEnded)
		})
	}
}

// A 503 says when to retry. The role in the issuer's answer counts.
func TestLate_answers(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	admin, user := issuer.Token(authztest.User{ID: 1, Role: "admin"}), issuer.SignIn(authztest.User{ID: 2})
	issuer.Late()
	h := auth.Middleware(func(http.ResponseWriter, *http.Request) {})
	wantRefusal(t, "an administrator", do(h, "Bearer "+admin), refusal{503, "unavailable", "", "1"})
	issuer.SetRole(2, "support")
	if p := wantVerify(t, "a changed role", auth, user.Token, nil); p.Role != "support" {
		t.Errorf("role %s", p.Role)
	}
}

// While the feed is late machines are admitted only if configured.
func TestLate_machines(t *testing.T) {
	issuer := authztest.New(t)
	closed, open := issuer.Auth(), issuer.Auth(authz.MachinesWhenLate(authz.AllowUntilExpiry))
	raw := issuer.MachineToken("billing", "a")
	issuer.Late()
	if _, err := closed.VerifyMachine(t.Context(), raw); !errors.Is(err, authz.ErrUnavailable) {
		t.Errorf("by default: %v", err)
	}
	if _, err := open.VerifyMachine(t.Context(), raw); err != nil {
		t.Errorf("AllowUntilExpiry: %v", err)
	}
}

// Without Client every request asks the issuer, and the answer is reused for a moment.
func TestAsk_cached(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth, err := authz.New(issuer.URL(), authz.WhenLate(authz.AskService), authz.Now(issuer.Now), tr.option())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	s := issuer.SignIn(authztest.User{ID: 7})
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() { wantVerify(t, "at once", auth, s.Token, nil) })
	}
	wait.Wait()
	if n := tr.asked(checkPath); n != 1 {
		t.Errorf("50 concurrent requests asked %d times", n)
	}
	issuer.End(s)
	wantVerify(t, "at the same moment", auth, s.Token, nil)
	issuer.Advance(time.Second)
	wantVerify(t, "after a second", auth, s.Token, authz.ErrSessionEnded)
	wantVerify(t, "again", auth, s.Token, authz.ErrSessionEnded)
	if n := tr.asked(checkPath); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
	if tr.asked(feedPath) != 0 {
		t.Error("the feed is read without Client")
	}
}

// Only a well-formed answer about this session counts.
func TestAsk_answers(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth, err := authz.New(issuer.URL(), authz.WhenLate(authz.AskService), authz.Now(issuer.Now), tr.option())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	s := issuer.SignIn(authztest.User{ID: 7})
	good := fmt.Sprintf(`{"active":true,"userId":7,"sessionId":%q,"role":"user"}`, s.ID)
	for name, c := range map[string]struct {
		status int
		body   string
		want   *authz.Error
	}{
		"good":              {200, good, nil},
		"not active":        {200, fmt.Sprintf(`{"active":false,"userId":7,"sessionId":%q,"role":"user"}`, s.ID), authz.ErrUnavailable},
		"another user":      {200, fmt.Sprintf(`{"active":true,"userId":8,"sessionId":%q,"role":"user"}`, s.ID), authz.ErrUnavailable},
		"another session":   {200, `{"active":true,"userId":7,"sessionId":"x","role":"user"}`, authz.ErrUnavailable},
		"no role":           {200, fmt.Sprintf(`{"active":true,"userId":7,"sessionId":%q}`, s.ID), authz.ErrUnavailable},
		"a page":            {200, "<html>", authz.ErrUnavailable},
		"nothing":           {200, "", authz.ErrUnavailable},
		"204":               {204, "", authz.ErrUnavailable},
		"a redirect":        {302, "", authz.ErrUnavailable},
		"404":               {404, "", authz.ErrUnavailable},
		"429":               {429, "", authz.ErrUnavailable},
		"500":               {500, "", authz.ErrUnavailable},
		"401":               {401, `{"code":"unauthorized"}`, authz.ErrUnauthorized},
		"401 session_ended": {401, `{"code":"session_ended"}`, authz.ErrSessionEnded},
		"401 of a gateway":  {401, "<html>", authz.ErrUnauthorized},
	} {
		tr.set(checkPath, func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") != "Bearer "+s.Token {
				t.Error("asked without the caller's token")
			}
			return respond(c.status, c.body, "Location", "https://evil.example/"), nil
		})
		issuer.Advance(time.Second)
		wantVerify(t, name, auth, s.Token, c.want)
	}
}

// An issuer that does not answer is not asked by every request, but is asked again later.
func TestAsk_down(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth, err := authz.New(issuer.URL(), authz.WhenLate(authz.AskService), authz.Now(issuer.Now), tr.option())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	tr.set(checkPath, broken)
	for i := range 20 {
		wantVerify(t, "down", auth, issuer.Token(authztest.User{ID: int64(i + 1)}), authz.ErrUnavailable)
	}
	if n := tr.asked(checkPath); n != 1 {
		t.Errorf("20 requests asked %d times", n)
	}
	tr.set(checkPath, nil)
	issuer.Advance(time.Second)
	wantVerify(t, "up", auth, issuer.Token(authztest.User{}), nil)
}

// The number of concurrent requests to the issuer is limited.
func TestAsk_bounded(t *testing.T) {
	issuer := authztest.New(t)
	tr := newTransport()
	auth, err := authz.New(issuer.URL(), authz.WhenLate(authz.AskService), authz.Now(issuer.Now), tr.option())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	answers := map[string]string{}
	for i := range 200 {
		s := issuer.SignIn(authztest.User{ID: int64(i + 1)})
		answers["Bearer "+s.Token] = jsonOf(object{"active": true, "userId": s.User.ID, "sessionId": s.ID, "role": "user"})
	}
	var mu sync.Mutex
	under, most := 0, 0
	tr.set(checkPath, func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		under++
		most = max(most, under)
		mu.Unlock()
		time.Sleep(50 * time.Millisecond) // time for the others to arrive
		mu.Lock()
		under--
		mu.Unlock()
		return respond(http.StatusOK, answers[r.Header.Get("Authorization")]), nil
	})
	var wait sync.WaitGroup
	for authorization := range answers {
		wait.Go(func() { wantVerify(t, "one of many", auth, authorization[len("Bearer "):], nil) })
	}
	wait.Wait()
	if most > 64 {
		t.Errorf("%d concurrent requests", most)
	}
}

func TestNew_refuses(t *testing.T) {
	client := authz.Client("id", "secret")
	for name, c := range map[string]struct {
		issuer string
		set    []authz.Option
	}{
		"no URL": {"user-api", []authz.Option{client}}, "nothing": {"", []authz.Option{client}}, "http": {"http://id.example.com", []authz.Option{client}}, "a slash": {"https://id.example.com/", []authz.Option{client}},
		"a query": {"https://id.example.com?a=b", []authz.Option{client}}, "an empty query": {"https://id.example.com?", []authz.Option{client}}, "a fragment": {"https://id.example.com#a", []authz.Option{client}},
		"a password": {"https://a:b@id.example.com", []authz.Option{client}}, "a file": {"file:///etc/passwd", []authz.Option{client}}, "no host": {"https://", []authz.Option{client}},
		"no client":                       {"https://id.example.com", nil},
		"FailClosed, no client":           {"https://id.example.com", []authz.Option{authz.WhenLate(authz.FailClosed)}},
		"FailClosed of a role, no client": {"https://id.example.com", []authz.Option{authz.WhenLate(authz.AskService), authz.WhenLate(authz.FailClosed, "admin")}},
		"a role alone, no client":         {"https://id.example.com", []authz.Option{authz.WhenLate(authz.AskService, "user")}},
		"an empty secret":                 {"https://id.example.com", []authz.Option{authz.Client("id", ""), authz.WhenLate(authz.AskService)}},
		"no such policy":                  {"https://id.example.com", []authz.Option{client, authz.WhenLate(9)}},
		"no such policy of a role":        {"https://id.example.com", []authz.Option{client, authz.WhenLate(0, "admin")}},
		"machines are asked about":        {"https://id.example.com", []authz.Option{client, authz.MachinesWhenLate(authz.AskService)}},
		"a resource without TLS":          {"https://id.example.com", []authz.Option{client, authz.Resource("http://orders.example.com")}},
		"a resource that is not a URL":    {"https://id.example.com", []authz.Option{client, authz.Resource("orders")}},
		"no audience":                     {"https://id.example.com", []authz.Option{client, authz.Audience("")}},
		"a negative cache":                {"https://id.example.com", []authz.Option{client, authz.CacheSize(-1)}},
	} {
		if auth, err := authz.New(c.issuer, c.set...); err == nil {
			auth.Close()
			t.Errorf("%s: New succeeds", name)
		}
	}
	for _, issuer := range []string{"https://id.example.com", "https://example.com/id", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"} {
		auth, err := authz.New(issuer, authz.WhenLate(authz.AskService))
		if err != nil {
			t.Errorf("%s: %v", issuer, err)
			continue
		}
		auth.Close()
	}
}
