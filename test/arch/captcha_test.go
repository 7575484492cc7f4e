package arch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/captcha"
	"user-api/internal/config"
)

// A provider of captchas is one row in internal/captcha: the configuration takes the
// same names, refuses the same options, and every page and file names each.
func TestCaptchaProviders(t *testing.T) {
	rows, named := captcha.Providers(), slices.Sorted(slices.Values(config.CaptchaProviders))
	if !slices.Equal(rows, named) {
		t.Errorf("internal/captcha has %v, the configuration takes %v", rows, named)
	}
	doc, keys, file := page(t, "docs/captcha.md"), page(t, "docs/configuration.md"), page(t, "etc/user-api.yaml")
	for _, name := range rows {
		if !strings.Contains(doc, "\n| `"+name+"` |") {
			t.Errorf("docs/captcha.md has no row for %s", name)
		}
		if !strings.Contains(line(keys, "| `Captcha.Provider` |"), "`"+name+"`") {
			t.Errorf("docs/configuration.md: Captcha.Provider lacks %s", name)
		}
		if !strings.Contains(line(file, "  # off, "), name) {
			t.Errorf("etc/user-api.yaml: Captcha.Provider lacks %s", name)
		}
		for _, action := range []captcha.Binding{captcha.AnyAction, captcha.MatchAction, captcha.RequireAction} {
			for _, score := range []int{0, 50} {
				_, made := captcha.New(captcha.Options{
					Provider: name, SiteKey: "k", Secret: "s", Timeout: time.Second, Action: action, MinScore: float64(score) / 100,
				})
				_, read := config.Parse([]byte(fmt.Sprintf("Mode: dev\nCaptcha: {Provider: %s, SiteKey: k, Secret: s, Action: %q, MinScore: %d}", name, action, score)),
					func(string) string { return "" })
				if (made == nil) != (read == nil) {
					t.Errorf("%s with Action %s and MinScore %d: internal/captcha says %v, the configuration %v", name, action, score, made, read)
				}
			}
		}
	}
}

// line is the first line that begins so.
func line(text, begin string) string {
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, begin) {
			return l
		}
	}
	return ""
}
