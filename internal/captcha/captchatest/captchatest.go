// Package captchatest provides captcha providers for tests: servers that follow the published APIs,
// with tokens earned by the test.
package captchatest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"sync"
	"testing"
)

// The keys of every Provider and the site of its tokens.
const (
	SiteKey  = "647f5ed2ed8acb4be36784e01556bb71"
	Secret   = "0xTheSecretOfTheSite"
	Hostname = "app.example.com"
)

// Provider is a captcha provider. It is safe for concurrent use.
type Provider struct {
	// URL is the verification URL.
	URL string

	t       testing.TB
	name    string
	mu      sync.Mutex
	instead http.HandlerFunc
	tokens  map[string]*token
	asked   []url.Values
}

type token struct {
	action string
	used   bool
}

// New starts a provider named by one of captcha.Providers. It stops at the end of the test.
func New(t testing.TB, name string) *Provider {
	t.Helper()
	p := &Provider{t: t, name: name, tokens: map[string]*token{}}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.URL = server.URL + "/verify"
	return p
}

// Instead replaces the handler; nil restores the provider.
func (p *Provider) Instead(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instead = h
}

// Earn solves a captcha and returns a token in the client's format. It is valid once.
func (p *Provider) Earn(action string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := fmt.Sprintf("token%027d", len(p.tokens))
	p.tokens[id] = &token{action: action}
	if p.name != "geetest" {
		return id
	}
	text, _ := json.Marshal(map[string]string{
		"lot_number": "4dc3cfc2cdff448cad8d13107198d473", "captcha_output": "r-npFi9qNlfgy_zgvhB4k0519xpmbTQLGXBC19aY4E0=",
		"pass_token": id, "gen_time": "1682136049", "captcha_id": SiteKey,
	})
	return string(text)
}

// Asked returns the parameters of all requests so far.
func (p *Provider) Asked() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]url.Values(nil), p.asked...)
}

func (p *Provider) serve(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		p.t.Errorf("%s got an unexpected request %s %s with %q: %v", p.name, r.Method, r.URL.Path, r.Header.Get("Content-Type"), err)
	}
	p.mu.Lock()
	p.asked = append(p.asked, r.Form)
	handle := p.instead
	p.mu.Unlock()
	switch {
	case handle != nil:
		handle(w, r)
	case p.name == "geetest":
		p.validate(w, r)
	default:
		p.siteverify(w, r)
	}
}

// spend consumes a token and reports whether it exists and was unused.
func (p *Provider) spend(id string) (action string, known, fresh bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tokens[id]
	if t == nil {
		return "", false, false
	}
	fresh, t.used = !t.used, true
	return t.action, true, fresh
}

func (p *Provider) siteverify(w http.ResponseWriter, r *http.Request) {
	refuse := func(code string) { reply(w, map[string]any{"success": false, "error-codes": []string{code}}) }
	switch {
	case r.PostForm.Get("secret") == "":
		refuse("missing-input-secret")
		return
	case r.PostForm.Get("secret") != Secret:
		refuse("invalid-input-secret")
		return
	case p.name == "hcaptcha" && r.PostForm.Get("sitekey") != SiteKey:
		refuse("sitekey-secret-mismatch")
		return
	}
	action, known, fresh := p.spend(r.PostForm.Get("response"))
	switch {
	case !known:
		refuse("invalid-input-response")
	case !fresh:
		refuse("timeout-or-duplicate")
	default:
		answer := map[string]any{"success": true, "hostname": Hostname, "challenge_ts": "2026-10-31T12:34:56Z", "error-codes": []string{}}
		if p.name == "recaptcha" {
			answer["score"] = 0.9
		}
		if p.name != "hcaptcha" {
			answer["action"] = action
		}
		reply(w, answer)
	}
}

// validate is GeeTest's second validation: it checks the id, then the signature, then the token.
func (p *Provider) validate(w http.ResponseWriter, r *http.Request) {
	fault := func(code, msg string) {
		reply(w, map[string]any{"status": "error", "code": code, "msg": msg, "desc": map[string]string{"type": "defined error"}})
	}
	result := func(result, reason string) {
		reply(w, map[string]any{"status": "success", "result": result, "reason": reason, "captcha_args": map[string]any{
			"used_type": "slide", "user_ip": "127.0.0.1", "lot_number": r.Form.Get("lot_number"), "scene": "", "referer": "https://" + Hostname + ":8077/in",
		}})
	}
	mac := hmac.New(sha256.New, []byte(Secret))
	mac.Write([]byte(r.Form.Get("lot_number")))
	switch {
	case r.Form.Get("captcha_id") == "":
		fault("-50101", "not captcha_id")
		return
	case r.Form.Get("captcha_id") != SiteKey:
		fault("-50103", "not captcha")
		return
	case !regexp.MustCompile(`^[0-9]+$`).MatchString(r.Form.Get("gen_time")):
		fault("-50005", "illegal gen_time")
		return
	case r.Form.Get("sign_token") != hex.EncodeToString(mac.Sum(nil)):
		result("fail", "sign_token error")
		return
	}
	switch _, known, fresh := p.spend(r.Form.Get("pass_token")); {
	case !known:
		result("fail", "pass_token error")
	case !fresh:
		result("fail", "pass_token expire")
	default:
		result("success", "")
	}
}

func reply(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}
