// Package gatewaytest is the HTTP service of docs/providers/http.md for tests, over real
// HTTP on a loopback port of its own. It checks the signature as a service
// should, answers as its script says, and records every request.
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
	// Answer plays the part of the service for one request that is signed.
	Answer func(w http.ResponseWriter, r *http.Request)

	// Request is the body of a request as it came in.
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
		// URL is where to POST.
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

// New starts a server that knows the secret. It ends with the test.
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
		// A client that has left is no fault of the test.
		_ = json.NewEncoder(w).Encode(map[string]string{"result": word, "providerId": "p-1"})
	}
}

// Close stops the server; connections are refused from then on. It may be called
// again.
func (s *Server) Close() {
	s.close.Do(func() {
		close(s.closing)
		s.http.CloseClientConnections()
		s.http.Close()
	})
}

// Requests returns the signed requests so far, in the order they came.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Script appends answers, one for each request to come. After the last one
// everything is ok.
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

// Stalled answers nothing until the client gives up or the server closes.
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

// signed leaves the age of the timestamp alone: the clock of a test is its own.
func (s *Server) signed(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte(h.Get("X-Timestamp") + "."))
	mac.Write(body)
	return hmac.Equal([]byte("v1="+hex.EncodeToString(mac.Sum(nil))), []byte(h.Get("X-Signature")))
}
