package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

type (
	// Request is a request to the service. A Body that is a string or bytes is sent
	// unchanged, anything else as JSON.
	Request struct {
		Method, Path string
		Body         any
		Bearer       string
		Header       map[string]string
	}

	// Response is a response of the service. JSON is nil unless the body is a JSON object.
	Response struct {
		Status int
		Header http.Header
		Body   []byte
		JSON   map[string]any
	}

	// Tokens are the tokens of a signed-in client.
	Tokens struct {
		Access, Refresh string
		UserID          int64
		IsNew           bool
	}
)

// client is shared: a connection per request would run out of ports.
var client = &http.Client{
	Timeout:   3 * time.Minute,
	Transport: &http.Transport{MaxIdleConnsPerHost: 256, MaxConnsPerHost: 256},
}

// Do sends a request and records the secrets of the response.
func (a *App) Do(r Request) Response {
	a.t.Helper()
	resp, err := a.TryDo(r)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp
}

// TryDo is like Do but returns the error, for goroutines other than the test's.
func (a *App) TryDo(r Request) (Response, error) {
	req, err := http.NewRequest(r.Method, a.URL+r.Path, body(r.Body))
	if err != nil {
		return Response{}, err
	}
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.Bearer != "" {
		req.Header.Set("Authorization", "Bearer "+r.Bearer)
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	answer, err := client.Do(req)
	if err != nil {
		return Response{}, err
	}
	defer answer.Body.Close()
	resp := Response{Status: answer.StatusCode, Header: answer.Header}
	if resp.Body, err = io.ReadAll(answer.Body); err != nil {
		return Response{}, err
	}
	_ = json.Unmarshal(resp.Body, &resp.JSON)
	for _, key := range []string{"accessToken", "refreshToken", "access_token", "refresh_token", "secret", "mfaToken"} {
		remember(resp.Text(key))
	}
	codes, _ := resp.JSON["recoveryCodes"].([]any)
	for _, code := range codes {
		remember(fmt.Sprint(code))
	}
	return resp, nil
}

// TryAnswered is like TryDo but retries while the response is 503, as clients are told to: on a
// busy machine a store may time out.
func (a *App) TryAnswered(r Request) (Response, error) {
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		resp, err := a.TryDo(r)
		if err != nil || resp.Status != http.StatusServiceUnavailable || time.Since(begin) > time.Minute {
			return resp, err
		}
	}
}

// Get sends a GET request.
func (a *App) Get(path, bearer string) Response {
	a.t.Helper()
	return a.Do(Request{Method: http.MethodGet, Path: path, Bearer: bearer})
}

// Post sends a POST request.
func (a *App) Post(path string, body any) Response {
	a.t.Helper()
	return a.Do(Request{Method: http.MethodPost, Path: path, Body: body})
}

// AskCode requests a code and waits for its message.
func (a *App) AskCode(phone string) (otpID, code string) {
	a.t.Helper()
	remember(phone)
	before := len(a.Inbox(phone, 0))
	resp := a.Post("/user/otp", map[string]any{"phone": phone})
	resp.Want(a.t, http.StatusOK, "")
	return resp.Text("otpId"), a.Inbox(phone, before+1)[0]
}

// Inbox waits until an address has at least n messages with a code and returns the codes,
// newest first. Notices do not count.
func (a *App) Inbox(to string, n int) []string {
	a.t.Helper()
	var codes []string
	a.Await("a message", func() bool {
		codes = codes[:0]
		resp := a.Do(Request{Method: http.MethodGet, Path: "/dev/inbox?to=" + strings.ReplaceAll(to, "+", "%2B")})
		list, _ := resp.JSON["messages"].([]any)
		for _, item := range list {
			code, _ := item.(map[string]any)["otp"].(string)
			if code != "" {
				remember(code)
				codes = append(codes, code)
			}
		}
		return len(codes) >= n
	})
	return codes
}

// SignIn signs a phone number in.
func (a *App) SignIn(phone string) Tokens {
	a.t.Helper()
	id, code := a.AskCode(phone)
	resp := a.Post("/user/login", map[string]any{"otpId": id, "otp": code})
	resp.Want(a.t, http.StatusOK, "")
	return resp.Tokens()
}

// Busy returns the limit by which a test judges a duration that is promised to be at most
// limit: a machine that runs tests may be slow and have other work.
func Busy(limit time.Duration) time.Duration { return 6 * limit }

// Await polls with increasing intervals until the condition holds, and fails the test after
// three minutes.
func (a *App) Await(what string, done func() bool) {
	a.t.Helper()
	pause := 2 * time.Millisecond
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(pause) {
		if done() {
			return
		}
		pause = min(pause*3/2, 50*time.Millisecond)
	}
	a.t.Fatalf("%s does not come", what)
}

// Text returns a string field of the response, or "" if there is none.
func (r Response) Text(key string) string {
	s, _ := r.JSON[key].(string)
	return s
}

// Number returns a number field of the response, or -1 if there is none.
func (r Response) Number(key string) int64 {
	if n, ok := r.JSON[key].(float64); ok {
		return int64(n)
	}
	return -1
}

// Tokens returns the token pair of the response.
func (r Response) Tokens() Tokens {
	isNew, _ := r.JSON["isNewUser"].(bool)
	return Tokens{Access: r.Text("accessToken"), Refresh: r.Text("refreshToken"), IsNew: isNew}
}

// Want checks the status and, for an error, that the body follows the contract and has the
// given code.
func (r Response) Want(t testing.TB, status int, code string) {
	t.Helper()
	if r.Status != status || r.Text("code") != code {
		t.Fatalf("got %d %s, want %d %s", r.Status, r.Body, status, code)
	}
	if status >= 400 {
		r.wantError(t)
	}
	if r.Header.Get("X-Request-Id") == "" {
		t.Errorf("an answer without X-Request-Id: %d %s", r.Status, r.Body)
	}
}

func (r Response) wantError(t testing.TB) {
	t.Helper()
	allowed := map[string]bool{"code": true, "msg": true, "requestId": true, "field": true, "retryAfter": true, "attemptsLeft": true,
		"limit": true, "nextAllowedAt": true, "captcha": true, "siteKey": true, "captchaAction": true, "otpId": true, "methods": true, "mfaToken": true,
		"error": true, "error_description": true, "err": true, "description": true}
	for key := range r.JSON {
		if !allowed[key] {
			t.Errorf("the error body has %q: %s", key, r.Body)
		}
	}
	// A replayed response has the id of the original request.
	own := r.Text("requestId") == r.Header.Get("X-Request-Id") || r.Header.Get("Idempotency-Replayed") == "true" && r.Text("requestId") != ""
	if r.Text("msg") == "" || !own {
		t.Errorf("the error body lacks msg or requestId: %s", r.Body)
	}
	if wait, told := r.JSON["retryAfter"]; told != (r.Header.Get("Retry-After") != "") {
		t.Errorf("retryAfter %v beside Retry-After %q", wait, r.Header.Get("Retry-After"))
	}
	if r.Text("code") == "unauthorized" && len(r.Header.Values("WWW-Authenticate")) == 0 {
		t.Errorf("unauthorized without WWW-Authenticate: %v", r.Header)
	}
}

func body(v any) io.Reader {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(v)
	case []byte:
		return bytes.NewReader(v)
	case io.Reader:
		return v
	default:
		data, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return bytes.NewReader(data)
	}
}
