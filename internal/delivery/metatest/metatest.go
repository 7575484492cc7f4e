// Package metatest is a fake of Meta's Cloud API for tests, over HTTP on a free loopback port.
// It checks the token, answers as its script says, and records every message.
package metatest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

type (
	// Answer answers one request.
	Answer func(w http.ResponseWriter)

	// Server is a running fake. It is safe for concurrent use.
	Server struct {
		// URL is host and version of the API.
		URL string

		numberID, token string

		mu     sync.Mutex
		script []Answer
		seen   []string
	}
)

// New starts a server with the number and the token. It stops at the end of the test.
func New(t testing.TB, numberID, token string) *Server {
	s := &Server{numberID: numberID, token: token}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.URL = h.URL + "/v23.0"
	return s
}

// Said answers with a status and a body.
func Said(status int, body string) Answer {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// Refused answers with a code, as the API does.
func Refused(status, code int) Answer {
	return Said(status, fmt.Sprintf(`{"error":{"message":"(#%d) ...","type":"OAuthException","code":%[1]d,`+
		`"error_data":{"messaging_product":"whatsapp","details":"..."},"fbtrace_id":"Az8or2yhqkZfEZ-_4Qn_Bam"}}`, code))
}

// Script sets the answers to the next requests; later ones are accepted.
func (s *Server) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// Messages returns the bodies of the messages, in order.
func (s *Server) Messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		Refused(http.StatusUnauthorized, 190)(w)
		return
	}
	id, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v23.0/"), "/")
	if id != s.numberID {
		Refused(http.StatusBadRequest, 33)(w)
		return
	}
	if len(s.script) > 0 {
		next := s.script[0]
		s.script = s.script[1:]
		next(w)
		return
	}
	switch r.Method + " " + rest {
	case "POST messages":
		body, err := io.ReadAll(r.Body)
		var sent struct {
			Product string `json:"messaging_product"`
			To      string `json:"to"`
		}
		if err != nil || json.Unmarshal(body, &sent) != nil || sent.Product != "whatsapp" || sent.To == "" {
			Refused(http.StatusBadRequest, 100)(w)
			return
		}
		s.seen = append(s.seen, string(body))
		Said(http.StatusOK, fmt.Sprintf(`{"messaging_product":"whatsapp","contacts":[{"input":%q,"wa_id":%[1]q}],`+
			`"messages":[{"id":"wamid.HBgLMTY1MDUwNzY1MjAVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA","message_status":"accepted"}]}`, sent.To))(w)
	case "GET ":
		Said(http.StatusOK, fmt.Sprintf(`{"id":%q}`, s.numberID))(w)
	default:
		Refused(http.StatusBadRequest, 100)(w)
	}
}
