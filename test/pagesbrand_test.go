package test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"user-api/test/kit"
)

// The pages show the operator's name, color and logo. A logo cannot run scripts.
func TestPages_brand(t *testing.T) {
	logo := filepath.Join(t.TempDir(), "logo.svg")
	if err := os.WriteFile(logo, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), 0o600); err != nil {
		t.Fatal(err)
	}
	app := kit.New(t, kit.Embedded, kit.Option("Web: {Brand: {Name: Acme & <Sons>, Logo: "+logo+", Color: '#aa0000', Terms: 'https://example.com/terms'}}"))
	page := string(app.Get("/", "").Body)
	for _, want := range []string{"<title>Sign in to Acme &amp; &lt;Sons&gt;</title>", `"terms":"https://example.com/terms"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	style := app.Get(regexp.MustCompile(`/assets/[0-9a-f]+/signin.css`).FindString(page), "")
	if style.Want(t, http.StatusOK, ""); !strings.Contains(string(style.Body), "--accent:#aa0000;") {
		t.Error("the style lacks the color")
	}
	picture := app.Get(regexp.MustCompile(`/assets/[0-9a-f]+/logo.svg`).FindString(page), "")
	picture.Want(t, http.StatusOK, "")
	for name, want := range map[string]string{
		"Content-Type": "image/svg+xml", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox", "X-Content-Type-Options": "nosniff",
	} {
		if got := picture.Header.Get(name); got != want {
			t.Errorf("the logo has %s %q, want %q", name, got, want)
		}
	}
}

// If nobody may frame a page, two headers say so, for new and old browsers.
func TestPages_frames(t *testing.T) {
	for option, want := range map[kit.Option]string{
		"Web: {Admin: true}": "frame-ancestors 'none'",
		"Web: {FrameAncestors: ['https://app.example.com']}": "frame-ancestors https://app.example.com",
	} {
		app := kit.New(t, kit.Embedded, option)
		for _, at := range []string{"/", "/account", "/admin/ui"} {
			want := want
			if at == "/admin/ui" {
				want = "frame-ancestors 'none'"
			}
			page := app.Get(at, "")
			old := page.Header.Get("X-Frame-Options")
			if got := page.Header.Get("Content-Security-Policy"); !strings.HasSuffix(got, want) || (old == "DENY") != strings.HasSuffix(want, "'none'") {
				t.Errorf("%s with %s: %q, %q", at, option, got, old)
			}
		}
	}
}

// A page of an origin in Web.Embed may call the service; one of another origin may not, and
// without the pages neither may.
func TestPages_embed(t *testing.T) {
	const origin = "https://app.example.com"
	allowed := func(app *kit.App, from string) string {
		return app.Do(kit.Request{Method: http.MethodGet, Path: "/healthz", Header: map[string]string{"Origin": from}}).Header.Get("Access-Control-Allow-Origin")
	}
	app := kit.New(t, kit.Embedded, "Web: {Embed: ['"+origin+"']}")
	if got := allowed(app, origin); got != origin {
		t.Errorf("it allows %q", got)
	}
	if got := allowed(app, "https://evil.example"); got != "" {
		t.Errorf("another page is allowed: %q", got)
	}
	off := kit.New(t, kit.Embedded, "Web: {Enabled: false, Embed: ['"+origin+"']}")
	if got := allowed(off, origin); got != "" {
		t.Errorf("without pages it allows %q", got)
	}
}
