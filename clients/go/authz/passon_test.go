package authz_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// A service calls another on behalf of its caller, and no other host gets the token.
func TestPassOn(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	seen := make(chan string, 4)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Get("Authorization") }))
	t.Cleanup(elsewhere.Close)
	stock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Authorization")
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(stock.Close)
	transport, err := authz.PassOn(stock.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: transport}
	raw := issuer.Token(authztest.User{})
	ctx, err := auth.Authenticate(t.Context(), []string{"Bearer " + raw})
	if err != nil {
		t.Fatal(err)
	}
	call := func(r *http.Request, want ...string) {
		t.Helper()
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		for _, want := range want {
			if got := <-seen; got != want {
				t.Errorf("%s was sent with %q, want %q", r.URL, got, want)
			}
		}
	}
	request := func(url string) *http.Request {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := request(stock.URL)
	call(r, "Bearer "+raw)
	if len(r.Header) > 0 {
		t.Errorf("the request was changed: %d headers", len(r.Header))
	}
	call(request(elsewhere.URL), "")
	call(request(stock.URL+"/moved"), "Bearer "+raw, "")
	call(header(request(stock.URL), "Authorization", "Basic own"), "Basic own")
	call(request(stock.URL).WithContext(t.Context()), "")
	for _, bad := range []string{"", "stock", "http://stock.example.com", "https://a:b@stock.example.com", "ftp://stock.example.com"} {
		if _, err := authz.PassOn(bad, nil); err == nil {
			t.Errorf("a token would be passed on to %q", bad)
		}
	}
}
