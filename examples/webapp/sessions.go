package main

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// sessionLife is how long users stay signed in here. The service may end a session sooner.
const sessionLife = 12 * time.Hour

type (
	// sessions are the active sessions, by the value of their cookie. An application with
	// several processes needs a shared store for them.
	sessions struct {
		cookie string
		secure bool
		now    func() time.Time
		mu     sync.Mutex
		byID   map[string]session
	}

	// session refreshes its access token automatically. Refresh tokens change with each use,
	// so all requests of a session must share one source.
	session struct {
		tokens oauth2.TokenSource
		ends   time.Time
	}
)

// begin opens a session with a new id: an old id may be known to somebody else.
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

// find returns the session of a request.
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

// end ends the session of a request.
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
