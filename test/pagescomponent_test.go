package test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"user-api/test/kit"
)

// The component is a small script at a stable address. The files it loads are cacheable
// forever, and a page loads one language.
func TestComponent(t *testing.T) {
	app := kit.New(t, kit.Embedded, "Web: {Brand: {Name: Acme, Color: '#aa0000'}}")
	script := app.Get("/signin.js", "")
	script.Want(t, http.StatusOK, "")
	for name, want := range map[string]string{
		"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "public, max-age=60", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := script.Header.Get(name); got != want {
			t.Errorf("the script has %s %q, want %q", name, got, want)
		}
	}
	if len(script.Body) > 4<<10 {
		t.Errorf("the script has %d bytes", len(script.Body))
	}
	again := app.Do(kit.Request{Method: http.MethodGet, Path: "/signin.js", Header: map[string]string{"If-None-Match": script.Header.Get("ETag")}})
	if again.Status != http.StatusNotModified || len(again.Body) > 0 {
		t.Errorf("the same once more: %d %s", again.Status, again.Body)
	}
	code := regexp.MustCompile(`from"\.(/assets/[0-9a-f]+/embed\.js)"`).FindSubmatch(script.Body)
	if code == nil {
		t.Fatalf("the script is %s", script.Body)
	}
	app.Get(string(code[1]), "").Want(t, http.StatusOK, "")
	languages := regexp.MustCompile(`"(\w+)":"(assets/[0-9a-f]+/embed\.\w+\.json)"`).FindAllStringSubmatch(string(script.Body), -1)
	if len(languages) != 6 {
		t.Fatalf("there are %d languages, want 6", len(languages))
	}
	for _, language := range languages {
		file := app.Get("/"+language[2], "")
		file.Want(t, http.StatusOK, "")
		var spoken struct {
			Locale, Dir, Style string
			Texts              map[string]string
		}
		if err := json.Unmarshal(file.Body, &spoken); err != nil || spoken.Locale != language[1] || spoken.Dir != "ltr" || spoken.Texts["signin.title"] == "" {
			t.Errorf("%s: %v, %+v", language[2], err, spoken)
		}
		if !strings.Contains(spoken.Style, ":host") || !strings.Contains(spoken.Style, "--accent:#aa0000;") {
			t.Errorf("%s: its style is not for a shadow tree, or not in the brand's color", language[2])
		}
	}
	kit.New(t, kit.Embedded, "Web: {Enabled: false}").Get("/signin.js", "").Want(t, http.StatusNotFound, "not_found")
}

// A browser rejects the script on pages of origins that may not embed it, even if they may
// call the service.
func TestComponent_origins(t *testing.T) {
	const embeds, calls = "https://app.example.com", "https://spa.example.com"
	app := kit.New(t, kit.Embedded, "Web: {Embed: ['"+embeds+"']}", "Cors: {Origins: ['"+calls+"']}")
	ask := func(origin string) kit.Response {
		return app.Do(kit.Request{Method: http.MethodGet, Path: "/signin.js", Header: map[string]string{"Origin": origin}})
	}
	for origin, want := range map[string]string{embeds: embeds, calls: "", "https://evil.example": "", "null": ""} {
		answer := ask(origin)
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: Access-Control-Allow-Origin %q, want %q", origin, got, want)
		}
		if got := strings.Join(answer.Header.Values("Vary"), ", "); !strings.Contains(got, "Origin") {
			t.Errorf("%s: Vary %q, so that one origin may be served another's answer", origin, got)
		}
	}
	file := regexp.MustCompile(`/assets/[0-9a-f]+/embed\.js`).FindString(string(ask(embeds).Body))
	answer := app.Do(kit.Request{Method: http.MethodGet, Path: file, Header: map[string]string{"Origin": embeds}})
	if got, vary := answer.Header.Get("Access-Control-Allow-Origin"), strings.Join(answer.Header.Values("Vary"), ", "); got != embeds || !strings.Contains(vary, "Origin") {
		t.Errorf("%s: Access-Control-Allow-Origin %q, Vary %q", file, got, vary)
	}
	open := kit.New(t, kit.Embedded, "Cors: {Origins: ['*']}").Do(kit.Request{Method: http.MethodGet, Path: "/signin.js", Header: map[string]string{"Origin": calls}})
	if got := open.Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("an origin that may call must not embed: %q", got)
	}
}

// Only the captcha page names another host, and only if a captcha is configured.
func TestCaptchaPage(t *testing.T) {
	kit.New(t, kit.Embedded).Get("/captcha", "").Want(t, http.StatusNotFound, "not_found")
	hosts := map[string]string{
		"turnstile": "https://challenges.cloudflare.com", "hcaptcha": "https://*.hcaptcha.com", "recaptcha": "https://www.gstatic.com/recaptcha/", "geetest": "https://static.geetest.com",
	}
	for provider, host := range hosts {
		app := kit.New(t, kit.Embedded, kit.Option("Captcha: {Provider: "+provider+", SiteKey: the-key, Secret: a-secret}"), "Web: {Embed: ['https://app.example.com'], FrameAncestors: ['https://shop.example.com']}")
		page := app.Get("/captcha", "")
		page.Want(t, http.StatusOK, "")
		policy := page.Header.Get("Content-Security-Policy")
		for _, want := range []string{"script-src 'self' ", host, "default-src 'none'", "frame-ancestors 'self' https://shop.example.com https://app.example.com"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %q", provider, policy, want)
			}
		}
		if strings.Contains(policy, "connect-src 'self'") || strings.Contains(policy, "unsafe-eval") || strings.Contains(policy, "script-src 'unsafe") {
			t.Errorf("%s: the policy is %q", provider, policy)
		}
		if want := `"provider":"` + provider + `","siteKey":"the-key"`; !strings.Contains(string(page.Body), want) || strings.Contains(string(page.Body), "a-secret") {
			t.Errorf("%s: the page gets %s", provider, page.Body)
		}
		for at, want := range map[string]bool{"/": true, "/account": false, "/admin/ui": false} {
			policy := app.Get(at, "").Header.Get("Content-Security-Policy")
			if strings.Contains(policy, "frame-src 'self'") != want || strings.Contains(policy, "https://challenges") || strings.Contains(policy, "hcaptcha") {
				t.Errorf("%s with %s: %q", at, provider, policy)
			}
		}
	}
	kit.New(t, kit.Embedded, "Captcha: {Provider: turnstile, SiteKey: k, Secret: s}", "Web: {Enabled: false}").Get("/captcha", "").Want(t, http.StatusNotFound, "not_found")
}
