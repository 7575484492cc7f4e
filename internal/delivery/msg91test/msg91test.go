// Package msg91test is a fake of MSG91's Flow API for tests, over HTTP on a free loopback port.
// It checks the key, answers as its script says, and records every request with the key.
package msg91test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

type (
	// Answer answers one request.
	Answer func(w http.ResponseWriter)

	// Request is the body of a request to the Flow API.
	Request struct {
		TemplateID string              `json:"template_id"`
		ShortURL   string              `json:"short_url"`
		Sender     string              `json:"sender"`
		ClientID   string              `json:"clientId"`
		Recipients []map[string]string `json:"recipients"`
	}

	// Server is a running fake. It is safe for concurrent use.
	Server struct {
		// URL is the address of the API.
		URL string

		authKey string

		mu     sync.Mutex
		script []Answer
		seen   []Request
	}
)

// New starts a server that accepts the key. It stops at the end of the test.
func New(t testing.TB, authKey string) *Server {
	s := &Server{authKey: authKey}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.URL = h.URL
	return s
}

// Said answers with a status and a body.
func Said(status int, body string) Answer {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// Refused answers with a code, as the API does.
func Refused(status, code int) Answer {
	return Said(status, fmt.Sprintf(`{"message":"...","code":"%d","type":"error"}`, code))
}

// Script sets the answers to the next requests; later ones are accepted.
func (s *Server) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// Requests returns the requests to the Flow API, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.seen...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("authkey") != s.authKey {
		Refused(http.StatusUnauthorized, 201)(w)
		return
	}
	if len(s.script) > 0 {
		next := s.script[0]
		s.script = s.script[1:]
		next(w)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /api/v5/flow":
		var request Request
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || request.TemplateID == "" || len(request.Recipients) == 0 {
			Refused(http.StatusBadRequest, 400)(w)
			return
		}
		s.seen = append(s.seen, request)
		fmt.Fprint(w, `{"message":"3763646c3058373530393938","type":"success"}`)
	case "GET /api/balance.php":
		fmt.Fprint(w, "1234.5")
	default:
		http.NotFound(w, r)
	}
}
