package captcha_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"user-api/internal/captcha"
)

const (
	secret = "0xTheSecretOfTheSite"
	token  = "XXXX.DUMMY.TOKEN.XXXX"
)

var client = netip.MustParseAddr("203.0.113.7")

// provider is a verifying service that gives one answer and keeps what it was asked.
type provider struct {
	*httptest.Server
	asked []url.Values
}

func newProvider(t *testing.T, status int, answer string) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || len(r.URL.Query()) > 0 {
			t.Errorf("asked %s %s: %v", r.Method, r.URL, err)
		}
		p.asked = append(p.asked, r.PostForm)
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(p.Close)
	return p
}

func verifier(t *testing.T, o captcha.Options) *captcha.Verifier {
	t.Helper()
	if o.Provider == "" {
		o.Provider = captcha.Turnstile
	}
	o.Secret = secret
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	v, err := captcha.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVerify(t *testing.T) {
	const (
		turnstile = `{"success":true,"error-codes":[],"challenge_ts":"2026-10-31T12:34:56.789Z","hostname":"app.example.com","action":"login","cdata":""}`
		hcaptcha  = `{"success":true,"challenge_ts":"2026-10-31T12:34:56.000000Z","hostname":"app.example.com","credit":false,"score":0.9}`
		v3        = `{"success":true,"score":%s,"action":"login","challenge_ts":"2026-10-31T12:34:56Z","hostname":"app.example.com"}`
	)
	wrong := func(code string) string { return `{"success":false,"error-codes":["` + code + `"]}` }
	for _, c := range []struct {
		name     string
		provider string
		status   int
		answer   string
		hosts    []string
		want     error
	}{
		{"Turnstile", captcha.Turnstile, 200, turnstile, nil, nil},
		{"hCaptcha, whose score is of risk", captcha.HCaptcha, 200, `{"success":true,"hostname":"h","score":0.1}`, nil, nil},
		{"hCaptcha at a high risk is the provider's yes", captcha.HCaptcha, 200, hcaptcha, nil, nil},
		{"reCAPTCHA v2 has no score", captcha.ReCaptcha, 200, `{"success":true,"hostname":"app.example.com"}`, nil, nil},
		{"reCAPTCHA v3", captcha.ReCaptcha, 200, fmt.Sprintf(v3, "0.5"), nil, nil},
		{"reCAPTCHA v3, rather a machine", captcha.ReCaptcha, 200, fmt.Sprintf(v3, "0.4"), nil, captcha.ErrWrong},
		{"reCAPTCHA v3, surely a machine", captcha.ReCaptcha, 200, fmt.Sprintf(v3, "0"), nil, captcha.ErrWrong},
		{"the site's own", captcha.Turnstile, 200, turnstile, []string{"www.example.com", "app.example.com"}, nil},
		{"another site's", captcha.Turnstile, 200, turnstile, []string{"www.example.com"}, captcha.ErrWrong},
		{"of no site", captcha.Turnstile, 200, `{"success":true}`, []string{"www.example.com"}, captcha.ErrWrong},
		{"a forged token", captcha.Turnstile, 200, wrong("invalid-input-response"), nil, captcha.ErrWrong},
		{"a used token", captcha.Turnstile, 200, wrong("timeout-or-duplicate"), nil, captcha.ErrWrong},
		{"a used token of hCaptcha", captcha.HCaptcha, 200, wrong("invalid-or-already-seen-response"), nil, captcha.ErrWrong},
		{"another site's token of hCaptcha", captcha.HCaptcha, 200, wrong("sitekey-secret-mismatch"), nil, captcha.ErrWrong},
		{"no with status 400", captcha.Turnstile, 400, wrong("bad-request"), nil, captcha.ErrWrong},
		{"no without a reason", captcha.Turnstile, 200, `{"success":false}`, nil, captcha.ErrWrong},
		{"JSON of another kind", captcha.Turnstile, 200, `[]`, nil, captcha.ErrWrong},
		{"a 400 without JSON", captcha.ReCaptcha, 400, `Bad Request`, nil, captcha.ErrWrong},
		{"yes with a refusal's status", captcha.Turnstile, 403, `{"success":true}`, nil, captcha.ErrUnavailable},
		{"our secret refused", captcha.Turnstile, 200, wrong("invalid-input-secret"), nil, captcha.ErrUnavailable},
		{"trouble there", captcha.Turnstile, 200, wrong("internal-error"), nil, captcha.ErrUnavailable},
		{"a page", captcha.Turnstile, 200, `<html>`, nil, captcha.ErrUnavailable},
		{"nothing", captcha.Turnstile, 200, ``, nil, captcha.ErrUnavailable},
		{"a very long answer", captcha.Turnstile, 200, strings.Repeat(" ", 70<<10) + turnstile, nil, captcha.ErrUnavailable},
		{"not found", captcha.Turnstile, 404, `404`, nil, captcha.ErrUnavailable},
		{"a redirect", captcha.Turnstile, 302, ``, nil, captcha.ErrUnavailable},
		{"too many questions", captcha.Turnstile, 429, `{"success":true}`, nil, captcha.ErrUnavailable},
		{"broken", captcha.Turnstile, 502, `{"success":true}`, nil, captcha.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvider(t, c.status, c.answer)
			err := verifier(t, captcha.Options{Provider: c.provider, URL: p.URL + "/siteverify", Hostnames: c.hosts}).Verify(t.Context(), token, client)
			if !errors.Is(err, c.want) {
				t.Errorf("Verify = %v, want %v", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), token) || strings.Contains(err.Error(), p.URL)) {
				t.Errorf("the error tells too much: %v", err)
			}
			if len(p.asked) != 1 || p.asked[0].Get("secret") != secret || p.asked[0].Get("response") != token || p.asked[0].Get("remoteip") != client.String() {
				t.Errorf("asked %v, want once, with secret, token and address", p.asked)
			}
		})
	}
}

// A token that cannot be one costs no question.
func TestVerify_malformed(t *testing.T) {
	p := newProvider(t, 200, `{"success":true}`)
	for name, c := range map[string]struct{ provider, token string }{
		"none":                   {captcha.Turnstile, ""},
		"longer than any":        {captcha.Turnstile, strings.Repeat("x", 2049)},
		"longer than hCaptcha's": {captcha.HCaptcha, strings.Repeat("x", 8193)},
		"a line break":           {captcha.Turnstile, "a\r\nb"},
		"a space":                {captcha.Turnstile, "a b"},
		"other scripts":          {captcha.Turnstile, "жетон"},
	} {
		err := verifier(t, captcha.Options{Provider: c.provider, URL: p.URL}).Verify(t.Context(), c.token, client)
		if !errors.Is(err, captcha.ErrWrong) || len(p.asked) > 0 {
			t.Errorf("%s: %v after %d questions, want ErrWrong after none", name, err, len(p.asked))
		}
	}
	for name, c := range map[string]struct{ provider, token string }{
		"Turnstile's longest": {captcha.Turnstile, strings.Repeat("x", 2048)},
		"hCaptcha's":          {captcha.HCaptcha, "P1_" + strings.Repeat("x", 4500)},
	} {
		if err := verifier(t, captcha.Options{Provider: c.provider, URL: p.URL}).Verify(t.Context(), c.token, netip.Addr{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, told := p.asked[0]["remoteip"]; told {
		t.Errorf("asked %v, want no remoteip where no address is known", p.asked[0])
	}
}

// Only silence is overruled: whatever the provider answers, a client may have
// brought about.
func TestVerify_onFailure(t *testing.T) {
	silent := newProvider(t, 200, "")
	silent.Close()
	broken := newProvider(t, 503, "")
	misused := newProvider(t, 200, `{"success":false,"error-codes":["missing-input-secret"]}`)
	elsewhere := newProvider(t, 404, "no such page")
	page := newProvider(t, 200, "<html>")
	refusing := newProvider(t, 200, `{"success":false,"error-codes":["invalid-input-response"]}`)
	for _, c := range []struct {
		name          string
		url           string
		refuse, allow error
	}{
		{"nobody listens", silent.URL, captcha.ErrUnavailable, nil},
		{"503", broken.URL, captcha.ErrUnavailable, nil},
		{"another page answers", elsewhere.URL, captcha.ErrUnavailable, captcha.ErrUnavailable},
		{"a page in place of a verdict", page.URL, captcha.ErrUnavailable, captcha.ErrUnavailable},
		{"the secret is refused", misused.URL, captcha.ErrUnavailable, captcha.ErrUnavailable},
		{"the token is refused", refusing.URL, captcha.ErrWrong, captcha.ErrWrong},
	} {
		for allow, want := range map[bool]error{false: c.refuse, true: c.allow} {
			err := verifier(t, captcha.Options{URL: c.url, AllowOnFailure: allow}).Verify(t.Context(), token, client)
			if !errors.Is(err, want) {
				t.Errorf("%s, allow %v: %v, want %v", c.name, allow, err, want)
			}
		}
	}
}

func TestVerify_hangs(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)

	v := verifier(t, captcha.Options{URL: server.URL, Timeout: 50 * time.Millisecond})
	begin := time.Now()
	if err := v.Verify(t.Context(), token, client); !errors.Is(err, captcha.ErrUnavailable) || time.Since(begin) > 5*time.Second {
		t.Errorf("Verify = %v after %v, want ErrUnavailable after the timeout", err, time.Since(begin))
	}
	// Who hangs up is not let in, even where silence lets in.
	v = verifier(t, captcha.Options{URL: server.URL, AllowOnFailure: true})
	ctx, hangUp := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, hangUp)
	if err := v.Verify(ctx, token, client); !errors.Is(err, captcha.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Verify = %v for a client that hung up, want ErrUnavailable", err)
	}
}

func TestNew(t *testing.T) {
	good := captcha.Options{Provider: captcha.HCaptcha, Secret: secret, Timeout: time.Second}
	if _, err := captcha.New(good); err != nil {
		t.Errorf("New = %v", err)
	}
	for name, change := range map[string]func(*captcha.Options){
		"no provider": func(o *captcha.Options) { o.Provider = "" },
		"off":         func(o *captcha.Options) { o.Provider = "off" },
		"no secret":   func(o *captcha.Options) { o.Secret = "" },
		"no timeout":  func(o *captcha.Options) { o.Timeout = 0 },
		"no URL":      func(o *captcha.Options) { o.URL = "verify.example.com" },
	} {
		o := good
		change(&o)
		if _, err := captcha.New(o); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: New = %v, want an error that names the option", name, err)
		}
	}
}
