package process

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"user-api/test/kit"
)

type object = map[string]any

// client opens a connection for each request, so that no answer is lost on an idle one that
// a process closes as it ends.
var client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}

// number returns the n-th valid phone number, n < 100,000.
func number(n int) string {
	phone := fmt.Sprintf("+9198765%05d", n)
	remember(phone)
	return phone
}

// do sends one request, with body as JSON.
func (p *process) do(method, path, bearer string, body any) (kit.Response, error) {
	return p.doWith(client, method, path, bearer, body)
}

func (p *process) doWith(client *http.Client, method, path, bearer string, body any) (kit.Response, error) {
	answer, err := p.send(client, method, path, bearer, body)
	if err != nil {
		return kit.Response{}, err
	}
	return read(answer)
}

// send is do without reading the answer, so its secrets are not remembered.
func (p *process) send(client *http.Client, method, path, bearer string, body any) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, p.url+path, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	return client.Do(req)
}

func read(answer *http.Response) (kit.Response, error) {
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	resp := kit.Response{Status: answer.StatusCode, Header: answer.Header, Body: text}
	_ = json.Unmarshal(text, &resp.JSON)
	rememberAnswer(resp.JSON)
	return resp, err
}

func (p *process) get(t *testing.T, path, bearer string) kit.Response {
	t.Helper()
	resp, err := p.do(http.MethodGet, path, bearer, nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func (p *process) post(t *testing.T, path string, body any) kit.Response {
	t.Helper()
	resp, err := p.do(http.MethodPost, path, "", body)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// ask requests a code and reads it from the inbox.
func (p *process) ask(t *testing.T, phone string) (otpID, code string) {
	t.Helper()
	resp := p.post(t, "/user/otp", object{"phone": phone})
	resp.Want(t, http.StatusOK, "")
	await(t, time.Minute, "the message", func() bool {
		list, _ := p.get(t, "/dev/inbox?to="+url.QueryEscape(phone), "").JSON["messages"].([]any)
		if len(list) > 0 {
			newest, _ := list[0].(map[string]any)
			code, _ = newest["otp"].(string)
		}
		return code != ""
	})
	return resp.Text("otpId"), code
}

func (p *process) login(t *testing.T, otpID, code string) kit.Response {
	t.Helper()
	return p.post(t, "/user/login", object{"otpId": otpID, "otp": code})
}

func (p *process) logout(t *testing.T, access string) {
	t.Helper()
	resp, err := p.do(http.MethodPost, "/user/logout", access, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Want(t, http.StatusNoContent, "")
}

func (p *process) refresh(t *testing.T, token string) kit.Response {
	t.Helper()
	return p.post(t, "/user/refresh", object{"refreshToken": token})
}

// signIn signs in with a number.
func (p *process) signIn(t *testing.T, phone string) kit.Tokens {
	t.Helper()
	id, code := p.ask(t, phone)
	resp := p.login(t, id, code)
	resp.Want(t, http.StatusOK, "")
	return resp.Tokens()
}

// await polls until the condition holds, and fails the test after a timeout.
func await(t *testing.T, within time.Duration, what string, done func() bool) {
	t.Helper()
	pause := time.Millisecond
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(pause) {
		if done() {
			return
		}
		pause = min(2*pause, 100*time.Millisecond)
	}
	t.Fatalf("%s: not within %v", what, within)
}

// signedBy reports whether a JWT has the HS256 signature of the secret.
func signedBy(token, secret string) bool {
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(token[:dot]))
	return token[dot+1:] == base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
