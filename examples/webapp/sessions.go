package main

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// sessionLife is how long somebody stays signed in here. The service may end it sooner.
const sessionLife = 12 * time.Hour

type (
	// sessions are those who are signed in, by what their cookie has. An application of
	// several processes keeps them where all of them look.
	sessions struct {
		cookie string
		secure bool
		now    func() time.Time
		mu     sync.Mutex
		byID   map[string]session
	}

	// session refreshes its access token by itself. Refresh tokens change with each use,
	// so that it is one source for all requests.
	session struct {
		tokens oauth2.TokenSource
		ends   time.Time
	}
)

// begin signs in who gets this answer, under a new id: one that was there before may be
// known to somebody else.
func (s *sessions) begin(w http.ResponseWriter, tokens oauth2.TokenSource) {
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, one := range s.byID {
		if s.now().After(one.ends) {
			delete(s.byID, other)
		}
	}
	s.byID[id] = session{tokens: tokens, ends: s.now().Add(sessionLife)}
	s.set(w, id, int(sessionLife/time.Second))
}

// find is the session of who asks.
func (s *sessions) find(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(s.cookie)
	if err != nil {
		return session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byID[cookie.Value]
	return one, ok && s.now().Before(one.ends)
}

// end signs out who asks.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(s.cookie); err == nil {
		s.mu.Lock()
		delete(s.byID, cookie.Value)
		s.mu.Unlock()
	}
	s.set(w, "", -1)
}

func (s *sessions) set(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookie, Value: value, MaxAge: age, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
}
