package authz_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// refusal is a rejection as the client sees it.
type refusal struct {
	status             int
	code, authenticate string
	retryAfter         string
}

func wantRefusal(t *testing.T, name string, w *httptest.ResponseRecorder, want refusal) {
	t.Helper()
	var body struct {
		Code, Msg  string
		RequestID  string `json:"requestId"`
		RetryAfter int64
	}
	dec := json.NewDecoder(strings.NewReader(w.Body.String()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		t.Errorf("%s: body %q: %v", name, w.Body, err)
	}
	h := w.Header()
	got := refusal{status: w.Code, code: body.Code, authenticate: h.Get("WWW-Authenticate"), retryAfter: h.Get("Retry-After")}
	if got != want || body.Msg == "" {
		t.Errorf("%s: got %+v with %q, want %+v", name, got, w.Body, want)
	}
	if h.Get("Cache-Control") != "no-store" || !strings.HasPrefix(h.Get("Content-Type"), "application/json") {
		t.Errorf("%s: headers %v", name, h)
	}
}

const badToken = `Bearer error="invalid_token"`

func TestMiddleware(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	alice := issuer.SignIn(authztest.User{ID: 7})
	var seen authz.Principal
	h := auth.Middleware(func(_ http.ResponseWriter, r *http.Request) { seen, _ = authz.FromContext(r.Context()) })
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER "} {
		seen = authz.Principal{}
		if w := do(h, scheme+alice.Token); w.Code != 200 || seen.UserID != 7 {
			t.Errorf("%q: %d %s, user %d", scheme, w.Code, w.Body, seen.UserID)
		}
	}
	seen = authz.Principal{}
	wantRefusal(t, "no header", do(h), refusal{401, "unauthorized", "Bearer", ""})
	for name, headers := range map[string][]string{
		"empty": {""}, "no scheme": {alice.Token}, "Basic": {"Basic " + alice.Token}, "two spaces": {"Bearer  " + alice.Token}, "a tab": {"Bearer\t" + alice.Token},
		"behind a comma": {"Basic x, Bearer " + alice.Token}, "a space behind": {"Bearer " + alice.Token + " "}, "twice": {"Bearer " + alice.Token, "Bearer " + alice.Token},
		"beside another": {"Bearer " + alice.Token, "Basic x"}, "only the scheme": {"Bearer"}, "no token": {"Bearer "}, "bad": {"Bearer a.b.c"},
	} {
		wantRefusal(t, name, do(h, headers...), refusal{401, "unauthorized", badToken, ""})
	}
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodGet, "/?access_token="+alice.Token, nil),
		httptest.NewRequest(http.MethodPost, "/", strings.NewReader("access_token="+alice.Token)),
		header(httptest.NewRequest(http.MethodGet, "/", nil), "Cookie", "access_token="+alice.Token),
		header(httptest.NewRequest(http.MethodGet, "/", nil), "Proxy-Authorization", "Bearer "+alice.Token),
	} {
		w := httptest.NewRecorder()
		h(w, r)
		wantRefusal(t, "a token elsewhere", w, refusal{401, "unauthorized", "Bearer", ""})
	}
	issuer.End(alice)
	wantRefusal(t, "an ended session", do(h, "Bearer "+alice.Token), refusal{401, "session_ended", badToken, ""})
	if seen.UserID != 0 {
		t.Error("a rejected request reached the handler")
	}
}

func header(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

// Identity headers of gateways are removed, because here they come from the client.
func TestMiddleware_identityHeaders(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	var left http.Header
	next := func(_ http.ResponseWriter, r *http.Request) { left = r.Header }
	for name, h := range map[string]http.Handler{
		"Middleware": auth.Middleware(next), "Optional": auth.Optional(next), "RequireRole": auth.RequireRole("user")(next), "anonymous": auth.Optional(next),
		"RequireFresh": auth.RequireFresh(time.Hour)(next), "Handler": auth.Handler(http.HandlerFunc(next)), "RequireScope": auth.RequireScope("a")(next),
	} {
		server := httptest.NewServer(h)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"x-user-id": {"1", "2"}, "X-USER-ROLE": {"admin"}, "X-Session-ID": {"s"}, "X-Other": {"kept"}}
		switch name {
		case "anonymous":
		case "RequireScope":
			r.Header.Set("Authorization", "Bearer "+issuer.MachineToken("m", "a"))
		default:
			r.Header.Set("Authorization", "Bearer "+issuer.Token(authztest.User{}))
		}
		left = nil
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		server.Close()
		if left.Get("X-Other") != "kept" || left.Get("X-User-Id")+left.Get("X-User-Role")+left.Get("X-Session-Id") != "" {
			t.Errorf("%s: %d, headers in the handler: %v", name, resp.StatusCode, left)
		}
	}
}

func TestOptional(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	known := false
	h := auth.Optional(func(_ http.ResponseWriter, r *http.Request) { _, known = authz.FromContext(r.Context()) })
	if w := do(h); w.Code != 200 || known {
		t.Errorf("anonymous: %d, known %t", w.Code, known)
	}
	if w := do(h, "Bearer "+issuer.Token(authztest.User{})); w.Code != 200 || !known {
		t.Errorf("with a token: %d, known %t", w.Code, known)
	}
	for _, bad := range []string{"", "Bearer x", "Basic x"} {
		wantRefusal(t, bad, do(h, bad), refusal{401, "unauthorized", badToken, ""})
	}
}

func TestRequireRole(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	h := auth.Middleware(auth.RequireRole("admin", "support")(func(http.ResponseWriter, *http.Request) {}))
	alone := auth.RequireRole("admin", "support")(func(http.ResponseWriter, *http.Request) {})
	for role, want := range map[string]int{"admin": 200, "support": 200, "user": 403, "Admin": 403, "administrator": 403} {
		raw := "Bearer " + issuer.Token(authztest.User{Role: role})
		for _, h := range []http.HandlerFunc{h, alone} {
			if w := do(h, raw); w.Code != want {
				t.Errorf("%s: %d, want %d", role, w.Code, want)
			}
		}
	}
	wantRefusal(t, "another role", do(h, "Bearer "+issuer.Token(authztest.User{})), refusal{403, "forbidden", "", ""})
	wantRefusal(t, "nobody", do(alone), refusal{401, "unauthorized", "Bearer", ""})
}

func TestRequireFresh(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	h := auth.RequireFresh(10 * time.Minute)(func(http.ResponseWriter, *http.Request) {})
	old := refusal{401, "reauthentication_required", `Bearer error="insufficient_user_authentication", max_age=600`, ""}
	if w := do(h, "Bearer "+issuer.Token(authztest.User{Ago: 10 * time.Minute})); w.Code != 200 {
		t.Errorf("10 minutes: %d", w.Code)
	}
	wantRefusal(t, "a second more", do(h, "Bearer "+issuer.Token(authztest.User{Ago: 10*time.Minute + time.Second})), old)
	s := issuer.SignIn(authztest.User{})
	issuer.Advance(11 * time.Minute)
	wantRefusal(t, "a token that was fresh", do(h, "Bearer "+s.Token), old)
	wantRefusal(t, "a refreshed token of an old sign-in", do(h, "Bearer "+issuer.Refresh(s)), old)
	f := newForger(t, issuer, issuer.Token(authztest.User{ID: 42}))
	wantRefusal(t, "a token that does not tell", do(h, "Bearer "+f.with("auth_time", gone)), old)
}

func TestRequireScope(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	h := auth.RequireScope("orders:read", "orders:write")(func(http.ResponseWriter, *http.Request) {})
	if w := do(h, "Bearer "+issuer.MachineToken("billing", "orders:write", "x", "orders:read")); w.Code != 200 {
		t.Errorf("with both: %d %s", w.Code, w.Body)
	}
	wantRefusal(t, "with one", do(h, "Bearer "+issuer.MachineToken("billing", "orders:read")),
		refusal{403, "forbidden", `Bearer error="insufficient_scope", scope="orders:read orders:write"`, ""})
	wantRefusal(t, "a user", do(h, "Bearer "+issuer.Token(authztest.User{Scopes: []string{"orders:read", "orders:write"}})), refusal{403, "forbidden", "", ""})
	wantRefusal(t, "nobody", do(h), refusal{401, "unauthorized", "Bearer", ""})
}

func TestMachineAudience(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth(authz.MachineAudience("orders"))
	if _, err := auth.Verify(t.Context(), issuer.Token(authztest.User{})); err != nil {
		t.Errorf("a user: %v", err)
	}
	if m, err := auth.VerifyMachine(t.Context(), issuer.MachineToken("billing", "a")); err == nil {
		t.Errorf("a machine's token for the issuer itself is accepted: %+v", m)
	}
}

func TestResource(t *testing.T) {
	issuer := authztest.New(t)
	for resource, metadata := range map[string]string{
		"https://orders.example.com":        "https://orders.example.com/.well-known/oauth-protected-resource",
		"https://example.com/orders":        "https://example.com/.well-known/oauth-protected-resource/orders",
		"https://example.com/orders?a=b":    "https://example.com/.well-known/oauth-protected-resource/orders?a=b",
		"http://127.0.0.1:8080/orders/v%32": "http://127.0.0.1:8080/.well-known/oauth-protected-resource/orders/v%32",
	} {
		auth := issuer.Auth(authz.Resource(resource))
		h := auth.Middleware(func(http.ResponseWriter, *http.Request) {})
		if got, want := do(h).Header().Get("WWW-Authenticate"), `Bearer resource_metadata="`+metadata+`"`; got != want {
			t.Errorf("challenge %q, want %q", got, want)
		}
		if got, want := do(h, "Bearer x").Header().Get("WWW-Authenticate"), badToken+`, resource_metadata="`+metadata+`"`; got != want {
			t.Errorf("challenge %q, want %q", got, want)
		}
		var said struct {
			Resource string   `json:"resource"`
			Servers  []string `json:"authorization_servers"`
			Methods  []string `json:"bearer_methods_supported"`
		}
		w := do(auth.ResourceMetadata().ServeHTTP)
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.Resource != resource || len(said.Servers) != 1 || said.Servers[0] != issuer.URL() || len(said.Methods) != 1 {
			t.Errorf("metadata %s, %v", w.Body, err)
		}
	}
	if w := do(issuer.Auth().ResourceMetadata().ServeHTTP); w.Code != 404 {
		t.Errorf("without Resource: %d", w.Code)
	}
}

func TestOnError(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth(authz.OnError(func(w http.ResponseWriter, _ *http.Request, err *authz.Error) {
		w.WriteHeader(err.Status)
		_, _ = io.WriteString(w, "own: "+err.Code)
	}))
	w := do(auth.Middleware(func(http.ResponseWriter, *http.Request) {}), "Bearer x")
	if w.Code != 401 || w.Body.String() != "own: unauthorized" || w.Header().Get("WWW-Authenticate") != badToken {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}

func TestRequestID(t *testing.T) {
	issuer := authztest.New(t)
	h := issuer.Auth().Middleware(func(http.ResponseWriter, *http.Request) {})
	w := httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "r-1") // set by an earlier middleware
	r := header(httptest.NewRequest(http.MethodGet, "/", nil), "X-Request-Id", `"><script>`)
	h(w, r)
	if !strings.Contains(w.Body.String(), `"requestId":"r-1"`) {
		t.Errorf("body %s", w.Body)
	}
}

// A job that outlives its request checks its caller again.
func TestRecheck(t *testing.T) {
	issuer := authztest.New(t)
	auth, other := issuer.Auth(), issuer.Auth()
	alice := issuer.SignIn(authztest.User{ID: 7})
	ctx, err := auth.Authenticate(t.Context(), []string{"Bearer " + alice.Token})
	if err != nil {
		t.Fatal(err)
	}
	if err := auth.Recheck(ctx); err != nil {
		t.Errorf("an active session: %v", err)
	}
	if auth.Recheck(t.Context()) == nil || other.Recheck(ctx) == nil {
		t.Error("a context without a caller of this Auth passes")
	}
	issuer.SetRole(7, "guest")
	if err := auth.Recheck(ctx); err == nil {
		t.Error("another role passes")
	}
	issuer.End(alice)
	if err := auth.Recheck(ctx); err == nil {
		t.Error("an ended session passes")
	}
}

// Two Auths in a row each check the token.
func TestMiddleware_two(t *testing.T) {
	one, two := authztest.New(t), authztest.New(t)
	h := one.Auth().Middleware(two.Auth().Middleware(func(http.ResponseWriter, *http.Request) { t.Error("a token of one issuer passes at the other") }))
	if w := do(h, "Bearer "+one.Token(authztest.User{})); w.Code != 401 {
		t.Errorf("%d", w.Code)
	}
}
