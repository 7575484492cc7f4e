package browser

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"testing"

	"user-api/internal/captcha"
	"user-api/internal/captcha/captchatest"
	"user-api/test/kit"
)

// application is a page of another origin, with the two lines that embed the sign-in, and
// the strictest policy that lets them: no style at all. The element has the attributes that
// the query names.
func application(t *testing.T, service *string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/app" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		attributes := ""
		for name, values := range r.URL.Query() {
			attributes += fmt.Sprintf(" %s=\"%s\"", html.EscapeString(name), html.EscapeString(values[0]))
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src %s/; connect-src %s; frame-src %s; base-uri 'none'; require-trusted-types-for 'script'", *service, *service, *service))
		fmt.Fprintf(w, `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>An application</title></head>
<body><main><h1>An application</h1>
<script type="module" src="%s/signin.js"></script>
<user-api-signin%s></user-api-signin>
</main></body></html>`, *service, attributes)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The sign-in as a component in pages of another origin, which may use it or not; and the
// captcha, there and on the page, by a provider that stands in for Cloudflare.
func TestComponent(t *testing.T) {
	var home string
	friend, stranger := application(t, &home), application(t, &home)
	p := captchatest.New(t, captcha.Turnstile)
	r := start(t, kit.Option(fmt.Sprintf("Web: {Embed: [%q], Brand: {Name: Acme, Color: '#ffd400', Terms: 'https://example.com/terms'}}\n", friend)),
		// A captcha is demanded from the third message on.
		kit.Option(fmt.Sprintf("Captcha: {Provider: turnstile, SiteKey: %q, Secret: %q, VerifyUrl: %q}\n", captchatest.SiteKey, captchatest.Secret, p.URL)),
		"RateLimit: {Prices: [IN=1.00], Budget: {Day: 100, Country: 0, Block: 0, Soft: 2}}\n")
	home = r.Home
	r.on("earn", func(args json.RawMessage) (any, error) {
		var of struct{ Action string }
		err := json.Unmarshal(args, &of)
		return p.Earn(of.Action), err
	})
	r.run("component.mjs", object{"friend": friend, "stranger": stranger, "siteKey": captchatest.SiteKey})
}
