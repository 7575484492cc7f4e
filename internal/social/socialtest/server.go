package socialtest

import (
	"crypto/rand"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

type (
	// Server is a provider other than an Issuer. The login_hint parameter of its page selects the
	// user. It listens on loopback until the test ends.
	Server struct {
		// URL is the server's URL, Page the public host of its page.
		URL, Page string

		mu    sync.Mutex
		codes map[string]code
		// trouble replaces all handlers if set.
		trouble http.HandlerFunc
		asked   []string
	}

	// code is what an authorization code was issued for.
	code struct{ client, redirect, challenge, nonce, person string }
)

// Asked returns the requested paths in order.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Trouble makes answer handle every request; nil restores the provider.
func (s *Server) Trouble(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = answer
}

// Code issues a code without the provider's page, as in the flows of SDKs.
func (s *Server) Code(client, person string) string {
	return s.give(code{client: client, person: person})
}

func (s *Server) serve(t testing.TB, routes map[string]http.HandlerFunc) {
	mux := http.NewServeMux()
	for pattern, handler := range routes {
		mux.HandleFunc(pattern, handler)
	}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.Path)
		trouble := s.trouble
		s.mu.Unlock()
		if trouble != nil {
			// Without reading the body, the server would not notice that the client is gone.
			_, _ = io.Copy(io.Discard, r.Body)
			trouble(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	s.URL, s.codes = listener.URL, map[string]code{}
	if s.Page == "" {
		s.Page = s.URL
	}
	t.Cleanup(listener.Close)
}

// page returns the handler of the sign-in page, which redirects the browser with a code.
func (s *Server) page(clientParameter string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		back, err := url.Parse(q.Get("redirect_uri"))
		if err != nil || q.Get("redirect_uri") == "" || q.Get("response_type") != "code" {
			http.Error(w, "invalid request", http.StatusBadRequest)
			return
		}
		answer := back.Query()
		answer.Set("state", q.Get("state"))
		if person := q.Get("login_hint"); person == "" {
			answer.Set("error", "access_denied")
		} else {
			answer.Set("code", s.give(code{
				client: q.Get(clientParameter), redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), nonce: q.Get("nonce"), person: person,
			}))
		}
		back.RawQuery = answer.Encode()
		http.Redirect(w, r, back.String(), http.StatusFound)
	}
}

func (s *Server) give(c code) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := random()
	s.codes[text] = c
	return text
}

// take consumes a code and reports whether it belongs to the client, the redirect URI and, if it
// was requested with a challenge, the verifier.
func (s *Server) take(text, client, redirect, verifier string) (code, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[text]
	delete(s.codes, text)
	sum := sha256.Sum256([]byte(verifier))
	proven := c.challenge == "" || c.challenge == encode(sum[:])
	return c, ok && proven && c.client == client && c.redirect == redirect
}

// random returns an unguessable text.
func random() string { return rand.Text() }
