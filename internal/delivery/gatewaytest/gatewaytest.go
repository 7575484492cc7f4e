// Package gatewaytest is the HTTP service of docs/providers/http.md for tests, on a free
// loopback port. It checks the signature as a service should, answers as its script says, and
// records every request.
package gatewaytest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

type (
	// Answer answers one signed request.
	Answer func(w http.ResponseWriter, r *http.Request)

	// Request is the body of a request.
	Request struct {
		ID        string `json:"id"`
		To        string `json:"to"`
		From      string `json:"from"`
		Channel   string `json:"channel"`
		Text      string `json:"text"`
		Purpose   string `json:"purpose"`
		Code      string `json:"code"`
		Locale    string `json:"locale"`
		ExpiresIn int64  `json:"expiresIn"`
	}

	// Server is a running fake. It is safe for concurrent use.
	Server struct {
		// URL is the URL for POST requests.
		URL string

		secret  string
		http    *httptest.Server
		closing chan struct{}
		close   sync.Once

		mu       sync.Mutex
		script   []Answer
		requests []Request
	}
)

// New starts a server with the secret. It stops at the end of the test.
func New(t testing.TB, secret string) *Server {
	s := &Server{secret: secret, closing: make(chan struct{})}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL + "/send"
	t.Cleanup(s.Close)
	return s
}

// Result answers with a word of the contract.
func Result(word string) Answer {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		// A client that has disconnected is not an error of the test.
		_ = json.NewEncoder(w).Encode(map[string]string{"result": word, "providerId": "p-1"})
	}
}

// Close stops the server; later connections are refused. It is idempotent.
func (s *Server) Close() {
	s.close.Do(func() {
		close(s.closing)
		s.http.CloseClientConnections()
		s.http.Close()
	})
}

// Requests returns the signed requests in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Script appends answers, one for each of the next requests. Later ones are ok.
func (s *Server) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request Request
	if err != nil || !s.signed(r.Header, body) || json.Unmarshal(body, &request) != nil {
		Result("auth_failed")(w, r)
		return
	}
	s.next(request)(w, r)
}

// Stalled does not answer until the client disconnects or the server closes.
func (s *Server) Stalled() Answer {
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
	}
}

func (s *Server) next(request Request) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	if len(s.script) == 0 {
		return Result("ok")
	}
	answer := s.script[0]
	s.script = s.script[1:]
	return answer
}

// signed does not check the age of the timestamp, because a test has its own clock.
func (s *Server) signed(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte(h.Get("X-Timestamp") + "."))
	mac.Write(body)
	return hmac.Equal([]byte("v1="+hex.EncodeToString(mac.Sum(nil))), []byte(h.Get("X-Signature")))
}
