// Package twiliotest is a fake of the Messages and Calls APIs for tests, over HTTP on a free
// loopback port. It checks what Twilio checks (path, credentials, required fields), answers as
// its script says, and records every request.
//
//	api := twiliotest.New(t, "AC…", "SK…", "secret")
//	api.Script(twiliotest.RateLimited("1"), twiliotest.Created())
//	… point BaseURL at api.URL, send …
//	api.Requests()
package twiliotest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The two resources, below the account.
const (
	messages = "/Messages.json"
	calls    = "/Calls.json"
)

type (
	// Answer answers one request whose form has been parsed and checked.
	Answer func(w http.ResponseWriter, r *http.Request, s *Server)

	// Request is one request.
	Request struct {
		Method         string
		Path           string
		Form           url.Values
		User, Password string
		At             time.Time
	}

	// Server is a running fake. It is safe for concurrent use.
	Server struct {
		// URL is the base URL, without a trailing slash.
		URL string

		account, user, password string
		http                    *httptest.Server
		closing                 chan struct{}

		mu       sync.Mutex
		state    string
		script   []Answer
		requests []Request
		created  int
	}
)

// New starts a server for one account and one pair of credentials. It stops at the end of the
// test.
func New(t testing.TB, account, user, password string) *Server {
	s := &Server{account: account, user: user, password: password, closing: make(chan struct{})}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	t.Cleanup(s.Close)
	return s
}

// Close ends stalled requests and stops the server; later connections are refused. It is
// idempotent.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.closing:
	default:
		close(s.closing)
	}
	s.mu.Unlock()
	s.http.CloseClientConnections()
	s.http.Close()
}

// Created returns how many messages and calls were accepted.
func (s *Server) Created() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.created
}

// SetState makes the account active (the default), suspended or closed.
func (s *Server) SetState(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state
}

// describe returns the account. An API key may not read it, but may read the list of messages.
func (s *Server) describe(w http.ResponseWriter, r *http.Request, _ *Server) {
	if s.user != s.account {
		Refused(http.StatusUnauthorized, 20003)(w, r, s)
		return
	}
	s.mu.Lock()
	state := s.state
	s.mu.Unlock()
	if state == "" {
		state = "active"
	}
	fmt.Fprintf(w, `{"sid":%q,"status":%q,"type":"Full"}`, s.account, state)
}

// Requests returns the requests in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Script appends answers, one for each of the next requests. Later messages are Created.
func (s *Server) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	request := Request{Method: r.Method, Path: r.URL.Path, User: user, Password: password, At: time.Now()}
	if err := r.ParseForm(); err == nil {
		request.Form = r.PostForm
	}
	s.mu.Lock()
	s.requests = append(s.requests, request)
	s.mu.Unlock()

	if refused := s.check(request); refused != nil {
		refused(w, r, s)
		return
	}
	s.next()(w, r, s)
}

// check refuses what Twilio refuses before it processes the message.
func (s *Server) check(r Request) Answer {
	account := "/2010-04-01/Accounts/" + s.account
	switch {
	case r.User != s.user || r.Password != s.password:
		return Refused(http.StatusUnauthorized, 20003)
	case r.Method == http.MethodGet && r.Path == account+".json":
		return s.describe
	case r.Path != account+messages && r.Path != account+calls:
		return Refused(http.StatusNotFound, 20404)
	case r.Method == http.MethodGet && r.Path == account+messages:
		return func(w http.ResponseWriter, _ *http.Request, _ *Server) { fmt.Fprint(w, `{"messages":[]}`) }
	case r.Method != http.MethodPost:
		return Refused(http.StatusMethodNotAllowed, 20004)
	case strings.HasSuffix(r.Path, calls):
		return checkCall(r.Form)
	}
	return checkMessage(r.Form)
}

func checkMessage(form url.Values) Answer {
	from, body := form.Get("From"), form.Get("Body")
	content, isWhatsApp := form.Get("ContentSid"), strings.HasPrefix(form.Get("To"), "whatsapp:")
	switch {
	case form.Get("To") == "":
		return Refused(http.StatusBadRequest, 21604)
	case body == "" && content == "":
		return Refused(http.StatusBadRequest, 21602)
	case from == "" && form.Get("MessagingServiceSid") == "":
		return Refused(http.StatusBadRequest, 21603)
	case from != "" && isWhatsApp != strings.HasPrefix(from, "whatsapp:"):
		return Refused(http.StatusBadRequest, 21910)
	case content != "" && !json.Valid([]byte(form.Get("ContentVariables"))):
		return Refused(http.StatusBadRequest, 21656)
	}
	if v := form.Get("ValidityPeriod"); v != "" {
		if n, err := strconv.Atoi(v); err != nil || n < 1 || n > 36000 {
			return Refused(http.StatusBadRequest, 21624)
		}
	}
	return nil
}

func checkCall(form url.Values) Answer {
	var response struct {
		XMLName xml.Name `xml:"Response"`
	}
	twiml := form.Get("Twiml")
	switch {
	case form.Get("To") == "":
		return Refused(http.StatusBadRequest, 21201)
	case form.Get("From") == "":
		return Refused(http.StatusBadRequest, 21213)
	case twiml == "" || len(twiml) > 4000 || xml.Unmarshal([]byte(twiml), &response) != nil:
		return Refused(http.StatusBadRequest, 21205)
	}
	return nil
}

func (s *Server) next() Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.script) == 0 {
		return Created()
	}
	answer := s.script[0]
	s.script = s.script[1:]
	return answer
}

// newSID counts a message or call and returns its id, the prefix and 32 hex digits.
func (s *Server) newSID(prefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.created++
	return fmt.Sprintf("%s%032x", prefix, s.created)
}
