package authz_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

const (
	feedPath  = "/service/revocations"
	jwksPath  = "/.well-known/jwks.json"
	checkPath = "/user/check"
)

// transport sits between an Auth and its issuer.
type transport struct {
	mu    sync.Mutex
	count map[string]int
	// instead answers in place of the issuer; if it returns nil, nil the issuer answers.
	instead map[string]func(*http.Request) (*http.Response, error)
}

func newTransport() *transport {
	return &transport{count: map[string]int{}, instead: map[string]func(*http.Request) (*http.Response, error){}}
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	t.count[r.URL.Path]++
	instead := t.instead[r.URL.Path]
	t.mu.Unlock()
	if instead != nil {
		if resp, err := instead(r); resp != nil || err != nil {
			return resp, err
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (t *transport) set(path string, instead func(*http.Request) (*http.Response, error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.instead[path] = instead
}

func (t *transport) asked(path string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count[path]
}

func (t *transport) option() authz.Option { return authz.HTTPClient(&http.Client{Transport: t}) }

func respond(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// broken fails every request.
func broken(*http.Request) (*http.Response, error) { return nil, errors.New("cut off") }

// script answers the requests of the feed one by one, as the test says.
type script struct {
	t        *testing.T
	requests chan *http.Request
	answers  chan *http.Response
	current  *http.Request // waiting for its answer
}

// object is a page of the feed or a part of it.
type object = map[string]any

// scripted returns an Auth whose feed is the script. Its first request is waiting.
func scripted(t *testing.T, issuer *authztest.Issuer, more ...authz.Option) (*authz.Auth, *script) {
	t.Helper()
	s := &script{t: t, requests: make(chan *http.Request), answers: make(chan *http.Response)}
	tr := newTransport()
	tr.set(feedPath, func(r *http.Request) (*http.Response, error) {
		select {
		case s.requests <- r:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		select {
		case a := <-s.answers:
			return a, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	})
	auth, err := authz.New(issuer.URL(), append(append(issuer.Options(), tr.option()), more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(auth.Close)
	s.next()
	return auth, s
}

// next waits for a request; then the previous answer has been processed.
func (s *script) next() {
	s.t.Helper()
	select {
	case s.current = <-s.requests:
	case <-time.After(20 * time.Second):
		s.t.Fatal("the feed is not requested")
	}
}

// answer sends a page and waits until it has been processed. Missing members get defaults.
func (s *script) answer(page object) {
	s.t.Helper()
	whole := object{"events": []object{}, "next": "c", "more": false, "reset": false, "age": 0, "waited": 0, "keep": 930}
	for name, value := range page {
		whole[name] = value
	}
	text, err := json.Marshal(whole)
	if err != nil {
		s.t.Fatal(err)
	}
	s.raw(http.StatusOK, string(text))
}

func (s *script) raw(status int, body string) {
	s.t.Helper()
	s.answers <- respond(status, body)
	s.next()
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
