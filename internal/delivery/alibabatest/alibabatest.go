// Package alibabatest is a fake of Alibaba Cloud SMS for tests, over HTTP on a free loopback
// port. It checks the signature according to the published scheme, answers as its script says,
// and records every signed request.
package alibabatest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

var header = regexp.MustCompile(`^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$`)

type (
	// Answer answers one request.
	Answer func(w http.ResponseWriter)

	// Server is a running fake. It is safe for concurrent use.
	Server struct {
		// URL is the endpoint.
		URL string

		keyID, keySecret string

		mu     sync.Mutex
		script []Answer
		nonces map[string]bool
		seen   []Request
	}

	// Request is a signed request.
	Request struct {
		Action string
		Query  url.Values
	}
)

// New starts a server with the access key. It stops at the end of the test.
func New(t testing.TB, keyID, keySecret string) *Server {
	s := &Server{keyID: keyID, keySecret: keySecret, nonces: map[string]bool{}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.URL = h.URL
	return s
}

// Refused answers with a published code, as the API does: with HTTP 200.
func Refused(code string) Answer { return Said(http.StatusOK, code) }

// Said answers with a status and a code.
func Said(status int, code string) Answer {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"RequestId":"F655A8D5-B967-440B-8683-DAD6FF8DE990","Code":%q,"Message":"..."}`, code)
	}
}

// Script sets the answers to the next requests; later ones are accepted.
func (s *Server) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// Requests returns the signed requests, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.seen...)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := s.refuse(r); code != "" {
		Said(http.StatusBadRequest, code)(w)
		return
	}
	action := r.Header.Get("x-acs-action")
	s.seen = append(s.seen, Request{action, r.URL.Query()})
	if len(s.script) > 0 {
		next := s.script[0]
		s.script = s.script[1:]
		next(w)
		return
	}
	switch action {
	case "SendSms":
		fmt.Fprint(w, `{"Message":"OK","RequestId":"F655A8D5-B967-440B-8683-DAD6FF8DE990","Code":"OK","BizId":"900619746936498440^0"}`)
	case "QuerySmsTemplate":
		fmt.Fprintf(w, `{"Code":"OK","Message":"OK","RequestId":"0A974B78-02BF-4C79-ADF3-90CFBA1B55B1","TemplateCode":%q,"TemplateStatus":1}`, r.URL.Query().Get("TemplateCode"))
	default:
		Said(http.StatusNotFound, "InvalidAction.NotFound")(w)
	}
}

// refuse returns the code for a request with a missing or wrong signature, or "".
func (s *Server) refuse(r *http.Request) string {
	parts := header.FindStringSubmatch(r.Header.Get("Authorization"))
	if parts == nil {
		return "IncompleteSignature"
	}
	if parts[1] != s.keyID {
		return "InvalidAccessKeyId.NotFound"
	}
	nonce := r.Header.Get("x-acs-signature-nonce")
	if s.nonces[nonce] {
		return "SignatureNonceUsed"
	}
	s.nonces[nonce] = true
	lines := ""
	for _, name := range strings.Split(parts[2], ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		lines += name + ":" + value + "\n"
	}
	empty := sha256.Sum256(nil)
	request := r.Method + "\n/\n" + r.URL.RawQuery + "\n" + lines + "\n" + parts[2] + "\n" + hex.EncodeToString(empty[:])
	sum := sha256.Sum256([]byte(request))
	mac := hmac.New(sha256.New, []byte(s.keySecret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(sum[:])))
	if hex.EncodeToString(mac.Sum(nil)) != parts[3] {
		return "SignatureDoesNotMatch"
	}
	return ""
}
