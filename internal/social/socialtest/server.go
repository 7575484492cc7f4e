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
	// Server is a provider other than an Issuer. Who signs in is named by login_hint in the
	// address of its page, as if typed there. It listens on loopback until the test ends.
	Server struct {
		// URL is where it is asked, Page the host of its page to the world.
		URL, Page string

		mu    sync.Mutex
		codes map[string]code
		// trouble answers in the place of the provider, if it is set.
		trouble http.HandlerFunc
		asked   []string
	}

	// code is what an authorization code was given for.
	code struct{ client, redirect, challenge, nonce, person string }
)

// Asked lists the paths that were asked for, in order.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Trouble has every request answered by another handler; nil ends it.
func (s *Server) Trouble(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = answer
}

// Code gives a code as the provider's page does, for a flow that begins with no page, as
// those of SDKs.
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
			// Or it would never be told that the client has gone.
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

// page is the page on which a person signs in: it sends the browser back with a code.
func (s *Server) page(clientParameter string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		back, err := url.Parse(q.Get("redirect_uri"))
		if err != nil || q.Get("redirect_uri") == "" || q.Get("response_type") != "code" {
			http.Error(w, "the request is none", http.StatusBadRequest)
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

// take uses a code up, and reports whether it is the client's, for the redirect URI and
// with the verifier where it was asked for with such.
func (s *Server) take(text, client, redirect, verifier string) (code, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[text]
	delete(s.codes, text)
	sum := sha256.Sum256([]byte(verifier))
	proven := c.challenge == "" || c.challenge == encode(sum[:])
	return c, ok && proven && c.client == client && c.redirect == redirect
}

// random is a text that nobody guesses.
func random() string { return rand.Text() }
