package captcha_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/captcha"
	"user-api/internal/captcha/captchatest"
)

const token = "XXXX.DUMMY.TOKEN.XXXX"

var client = netip.MustParseAddr("203.0.113.7")

// verifier returns a Verifier for p with default options.
func verifier(t *testing.T, p *captchatest.Provider, o captcha.Options) *captcha.Verifier {
	t.Helper()
	if o.Provider == "" {
		o.Provider = captcha.Turnstile
	}
	if o.Secret == "" {
		o.Secret = captchatest.Secret
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Action == "" {
		o.Action = captcha.MatchAction
	}
	o.SiteKey, o.URL = captchatest.SiteKey, p.URL
	v, err := captcha.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Each provider accepts a token once and refuses an invalid one. Wrong keys are our fault.
func TestProviders(t *testing.T) {
	if len(captcha.Providers()) < 4 {
		t.Fatalf("providers %v", captcha.Providers())
	}
	for _, name := range captcha.Providers() {
		t.Run(name, func(t *testing.T) {
			p := captchatest.New(t, name)
			o := captcha.Options{Provider: name, Hostnames: []string{captchatest.Hostname}, MinScore: 0.5}
			v := verifier(t, p, o)
			earned := p.Earn("login")
			for _, want := range []bool{true, false} {
				if solved, err := v.Verify(t.Context(), earned, "login", client); solved != want || err != nil {
					t.Errorf("an earned token: %v, %v, want %v once", solved, err, want)
				}
			}
			if solved, err := v.Verify(t.Context(), captcha.BogusToken(name), "login", client); solved || err != nil {
				t.Errorf("a bogus token: %v, %v", solved, err)
			}
			if n := len(p.Asked()); n != 3 {
				t.Errorf("%d requests, want 3: the bogus token must be well-formed", n)
			}
			o.Secret = "another"
			for _, bad := range []string{p.Earn("login"), captcha.BogusToken(name)} {
				if solved, err := verifier(t, p, o).Verify(t.Context(), bad, "login", client); solved || !errors.Is(err, captcha.ErrUnavailable) {
					t.Errorf("with another secret: %v, %v, want ErrUnavailable", solved, err)
				}
			}
			o.Secret, o.Hostnames = "", []string{"www.example.com"}
			if solved, err := verifier(t, p, o).Verify(t.Context(), p.Earn("login"), "login", client); solved || err != nil {
				t.Errorf("another site's token: %v, %v", solved, err)
			}
		})
	}
}

// A token is valid only once even under concurrent use.
func TestProviders_parallel(t *testing.T) {
	for _, name := range captcha.Providers() {
		p := captchatest.New(t, name)
		v, earned := verifier(t, p, captcha.Options{Provider: name}), p.Earn("login")
		var all sync.WaitGroup
		var good atomic.Int32
		for range 20 {
			all.Go(func() {
				if solved, _ := v.Verify(t.Context(), earned, "login", client); solved {
					good.Add(1)
				}
			})
		}
		if all.Wait(); good.Load() != 1 {
			t.Errorf("%s: one token was accepted %d times", name, good.Load())
		}
	}
}

func TestVerify(t *testing.T) {
	const (
		turnstile = `{"success":true,"error-codes":[],"challenge_ts":"2026-10-31T12:34:56.789Z","hostname":"app.example.com","action":"login","cdata":""}`
		hcaptcha  = `{"success":true,"challenge_ts":"2026-10-31T12:34:56.000000Z","hostname":"app.example.com","credit":false,"score":0.9}`
		v3        = `{"success":true,"score":%s,"action":"login","challenge_ts":"2026-10-31T12:34:56Z","hostname":"app.example.com"}`
		good, bad = "good", "not good"
		unknown   = "no verdict"
	)
	wrong := func(code string) string { return `{"success":false,"error-codes":["` + code + `"]}` }
	for _, c := range []struct {
		name     string
		provider string
		status   int
		answer   string
		hosts    []string
		want     string
	}{
		{"Turnstile", captcha.Turnstile, 200, turnstile, nil, good},
		{"hCaptcha, with a risk score", captcha.HCaptcha, 200, `{"success":true,"hostname":"h","score":0.1}`, nil, good},
		{"hCaptcha, success despite a high risk", captcha.HCaptcha, 200, hcaptcha, nil, good},
		{"reCAPTCHA v3", captcha.ReCaptcha, 200, fmt.Sprintf(v3, "0.5"), nil, good},
		{"reCAPTCHA v3, below the minimum", captcha.ReCaptcha, 200, fmt.Sprintf(v3, "0.4"), nil, bad},
		{"reCAPTCHA v3, score 0", captcha.ReCaptcha, 200, fmt.Sprintf(v3, "0"), nil, bad},
		{"the site's own", captcha.Turnstile, 200, turnstile, []string{"www.example.com", "app.example.com"}, good},
		{"another site's", captcha.Turnstile, 200, turnstile, []string{"www.example.com"}, bad},
		{"without a site", captcha.Turnstile, 200, `{"success":true}`, []string{"www.example.com"}, bad},
		{"a forged token", captcha.Turnstile, 200, wrong("invalid-input-response"), nil, bad},
		{"a used token", captcha.Turnstile, 200, wrong("timeout-or-duplicate"), nil, bad},
		{"a used token of hCaptcha", captcha.HCaptcha, 200, wrong("invalid-or-already-seen-response"), nil, bad},
		{"another site's token of hCaptcha", captcha.HCaptcha, 200, wrong("sitekey-secret-mismatch"), nil, bad},
		{"refusal with status 400", captcha.Turnstile, 400, wrong("bad-request"), nil, bad},
		{"refusal without a reason", captcha.Turnstile, 200, `{"success":false}`, nil, bad},
		{"a 400 without JSON", captcha.ReCaptcha, 400, `Bad Request`, nil, bad},
		{"our secret refused", captcha.Turnstile, 200, wrong("invalid-input-secret"), nil, unknown},
		{"trouble there", captcha.Turnstile, 200, wrong("internal-error"), nil, unknown},
		{"GeeTest without a status", captcha.GeeTest, 200, `{"result":"success","reason":"","captcha_args":{}}`, nil, good},
		{"GeeTest without a page", captcha.GeeTest, 200, `{"result":"success","captcha_args":{"referer":""}}`, []string{"app.example.com"}, bad},
		{"GeeTest with another kind of arguments", captcha.GeeTest, 200, `{"result":"success","captcha_args":[]}`, nil, good},
		{"GeeTest's no", captcha.GeeTest, 200, `{"status":"success","result":"fail","reason":"pass_token expire"}`, nil, bad},
		{"GeeTest's error about a value", captcha.GeeTest, 200, `{"status":"error","code":"-50005","msg":"illegal gen_time"}`, nil, bad},
		{"GeeTest's error as a number", captcha.GeeTest, 200, `{"status":"error","code":-50102}`, nil, unknown},
		{"GeeTest's error about the id", captcha.GeeTest, 200, `{"status":"error","code":"-50105","msg":"captcha_id paused"}`, nil, unknown},
		{"GeeTest's own error", captcha.GeeTest, 200, `{"status":"error","code":"-50000","msg":"runtime error"}`, nil, unknown},
		{"an error is no success", captcha.GeeTest, 200, `{"status":"error","result":"success"}`, nil, bad},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := captchatest.New(t, c.provider)
			sent := token
			if c.provider == captcha.GeeTest {
				sent = p.Earn("")
			}
			p.Instead(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer)
			})
			solved, err := verifier(t, p, captcha.Options{Provider: c.provider, Hostnames: c.hosts, MinScore: 0.5}).Verify(t.Context(), sent, "login", client)
			got := map[bool]string{true: good, false: bad}[solved]
			if errors.Is(err, captcha.ErrUnavailable) {
				got = unknown
			}
			if got != c.want || solved && err != nil {
				t.Errorf("Verify = %v, %v, want it to be %s", solved, err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), captchatest.Secret) || strings.Contains(err.Error(), token) || strings.Contains(err.Error(), p.URL)) {
				t.Errorf("the error reveals too much: %v", err)
			}
		})
	}
}

// The parameters sent to the three providers with the common format. hCaptcha's secrets belong to
// an account, so the site key is sent, too.
func TestVerify_question(t *testing.T) {
	for _, c := range []struct {
		provider, siteKey string
	}{{captcha.Turnstile, ""}, {captcha.ReCaptcha, ""}, {captcha.HCaptcha, captchatest.SiteKey}} {
		p := captchatest.New(t, c.provider)
		v := verifier(t, p, captcha.Options{Provider: c.provider})
		for _, from := range []netip.Addr{client, {}} {
			if _, err := v.Verify(t.Context(), token, "login", from); err != nil {
				t.Fatal(err)
			}
		}
		asked := p.Asked()
		if q := asked[0]; q.Get("secret") != captchatest.Secret || q.Get("response") != token || q.Get("remoteip") != client.String() || q.Get("sitekey") != c.siteKey {
			t.Errorf("%s gets %v", c.provider, q)
		}
		if _, sent := asked[1]["remoteip"]; sent {
			t.Errorf("%s gets %v, want no remoteip without an address", c.provider, asked[1])
		}
	}
}

// A token is bound to its action as strictly as configured.
func TestVerify_action(t *testing.T) {
	for _, name := range []string{captcha.Turnstile, captcha.ReCaptcha} {
		p := captchatest.New(t, name)
		for _, c := range []struct {
			action captcha.Binding
			named  string
			want   bool
		}{
			{captcha.AnyAction, "contact", true},
			{captcha.AnyAction, "", true},
			{captcha.MatchAction, "reset", true},
			{captcha.MatchAction, "", true},
			{captcha.MatchAction, "login", false},
			{captcha.MatchAction, "Reset", false},
			{captcha.RequireAction, "reset", true},
			{captcha.RequireAction, "", false},
			{captcha.RequireAction, "login", false},
		} {
			v := verifier(t, p, captcha.Options{Provider: name, Action: c.action, MinScore: 0.5})
			if solved, err := v.Verify(t.Context(), p.Earn(c.named), "reset", client); solved != c.want || err != nil {
				t.Errorf("%s, %s, earned for %q: %v, %v, want %v", name, c.action, c.named, solved, err, c.want)
			}
		}
	}
}

// If a score is required, a response without one is not a success: the secret belongs to a v2 site.
// AllowOnFailure does not change that.
func TestVerify_noScore(t *testing.T) {
	p := captchatest.New(t, captcha.ReCaptcha)
	p.Instead(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"success":true,"hostname":"app.example.com"}`)
	})
	v := verifier(t, p, captcha.Options{Provider: captcha.ReCaptcha, MinScore: 0.5, AllowOnFailure: true})
	if solved, err := v.Verify(t.Context(), token, "login", client); solved || !errors.Is(err, captcha.ErrUnavailable) || !strings.Contains(err.Error(), "MinScore") {
		t.Errorf("v3: %v, %v, want ErrUnavailable that names MinScore", solved, err)
	}
	v = verifier(t, p, captcha.Options{Provider: captcha.ReCaptcha})
	if solved, err := v.Verify(t.Context(), token, "login", client); !solved || err != nil {
		t.Errorf("v2: %v, %v, want success", solved, err)
	}
}

// A malformed token causes no request.
func TestVerify_malformed(t *testing.T) {
	for name, c := range map[string]struct{ provider, token string }{
		"none":                   {captcha.Turnstile, ""},
		"longer than any":        {captcha.Turnstile, strings.Repeat("x", 2049)},
		"longer than hCaptcha's": {captcha.HCaptcha, strings.Repeat("x", 8193)},
		"a line break":           {captcha.Turnstile, "a\r\nb"},
		"a space":                {captcha.Turnstile, "a b"},
		"other scripts":          {captcha.Turnstile, "жетон"},
		"no object for GeeTest":  {captcha.GeeTest, token},
	} {
		p := captchatest.New(t, c.provider)
		solved, err := verifier(t, p, captcha.Options{Provider: c.provider}).Verify(t.Context(), c.token, "login", client)
		if solved || err != nil || len(p.Asked()) > 0 {
			t.Errorf("%s: %v, %v after %d requests, want it refused without one", name, solved, err, len(p.Asked()))
		}
	}
	for name, c := range map[string]struct{ provider, token string }{
		"Turnstile's longest": {captcha.Turnstile, strings.Repeat("x", 2048)},
		"hCaptcha's":          {captcha.HCaptcha, "P1_" + strings.Repeat("x", 4500)},
	} {
		p := captchatest.New(t, c.provider)
		if _, err := verifier(t, p, captcha.Options{Provider: c.provider}).Verify(t.Context(), c.token, "login", client); err != nil || len(p.Asked()) != 1 {
			t.Errorf("%s: %v after %d requests, want 1", name, err, len(p.Asked()))
		}
	}
}

// AllowOnFailure applies only if there is no response, because a client may have caused any other.
// Redirects are not followed.
func TestVerify_onFailure(t *testing.T) {
	for _, name := range captcha.Providers() {
		for _, failure := range captchatest.Failures() {
			for _, allow := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/allow %v", name, failure.Name, allow), func(t *testing.T) {
					t.Parallel()
					p := captchatest.New(t, name)
					p.Instead(failure.Answer)
					v := verifier(t, p, captcha.Options{Provider: name, AllowOnFailure: allow, Timeout: time.Second})
					solved, err := v.Verify(t.Context(), p.Earn("login"), "login", client)
					letThrough := allow && failure.Silent
					if solved != letThrough || errors.Is(err, captcha.ErrUnavailable) == letThrough {
						t.Errorf("Verify = %v, %v, want accepted %v", solved, err, letThrough)
					}
					if n := len(p.Asked()); n != 1 {
						t.Errorf("%d requests, want 1", n)
					}
				})
			}
		}
	}
}

// A client that disconnects is refused even with AllowOnFailure.
func TestVerify_hangUp(t *testing.T) {
	p := captchatest.New(t, captcha.Turnstile)
	ctx, hangUp := context.WithCancel(t.Context())
	p.Instead(func(_ http.ResponseWriter, r *http.Request) {
		hangUp()
		<-r.Context().Done()
	})
	v := verifier(t, p, captcha.Options{AllowOnFailure: true})
	if solved, err := v.Verify(ctx, token, "login", client); solved || !errors.Is(err, captcha.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Verify = %v, %v for a disconnected client, want ErrUnavailable", solved, err)
	}
}

func TestNew(t *testing.T) {
	good := captcha.Options{
		Provider: captcha.HCaptcha, SiteKey: captchatest.SiteKey, Secret: captchatest.Secret, Timeout: time.Second, Action: captcha.MatchAction,
	}
	if _, err := captcha.New(good); err != nil {
		t.Errorf("New = %v", err)
	}
	for name, change := range map[string]func(*captcha.Options){
		"no provider":                      func(o *captcha.Options) { o.Provider = "" },
		"off":                              func(o *captcha.Options) { o.Provider = "off" },
		"no site key":                      func(o *captcha.Options) { o.SiteKey = "" },
		"no secret":                        func(o *captcha.Options) { o.Secret = "" },
		"no timeout":                       func(o *captcha.Options) { o.Timeout = 0 },
		"no URL":                           func(o *captcha.Options) { o.URL = "verify.example.com" },
		"no such binding":                  func(o *captcha.Options) { o.Action = "" },
		"an action that no token can name": func(o *captcha.Options) { o.Action = captcha.RequireAction },
		"an action of v2":                  func(o *captcha.Options) { o.Provider, o.Action = captcha.ReCaptcha, captcha.RequireAction },
	} {
		o := good
		change(&o)
		if _, err := captcha.New(o); err == nil || strings.Contains(err.Error(), captchatest.Secret) {
			t.Errorf("%s: New = %v, want an error that names the option", name, err)
		}
	}
}
