package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

func TestAnonymousAndBreached(t *testing.T) {
	const url = "https://list.example.com/range"
	for _, c := range []struct {
		name   string
		change func(*config.Config)
		want   string
	}{
		{"a list of one's own", func(c *config.Config) { c.Passwords.Breached.Url = url }, ""},
		{"by http to loopback", func(c *config.Config) { c.Passwords.Breached.Url = "http://127.0.0.1:9/range" }, ""},
		{"by http", func(c *config.Config) { c.Passwords.Breached.Url = "http://list.example.com/range" },
			"Passwords.Breached.Url: must be https (http only to loopback): an eavesdropper could narrow a password down to a few hundred"},
		{"with a query", func(c *config.Config) { c.Passwords.Breached.Url = url + "?key=hunter2" },
			"Passwords.Breached.Url: must look like https://api.pwnedpasswords.com/range, without user, query and fragment"},
		{"with a password", func(c *config.Config) { c.Passwords.Breached.Url = "https://u:hunter2@h/range" },
			"Passwords.Breached.Url: must look like https://api.pwnedpasswords.com/range, without user, query and fragment"},
		{"no such rule", func(c *config.Config) { c.Passwords.Breached.OnError = "warn" }, `Passwords.Breached.OnError: must be allow or refuse, is "warn"`},
		{"no time", func(c *config.Config) { c.Passwords.Breached.Timeout = 0 }, "Passwords.Breached.Timeout: must be between 1 and 10 seconds, is 0"},
		{"as long as a request", func(c *config.Config) { c.Passwords.Breached.Timeout = 5 }, "Passwords.Breached.Timeout: must be less than Timeout, 5 seconds, is 5"},
		{"off", func(c *config.Config) {
			c.Passwords.Breached.Enabled, c.Passwords.Breached.Url, c.Passwords.Breached.Timeout = false, "", 5
		}, ""},
		{"a life of a minute", func(c *config.Config) { c.Accounts.AnonymousLife = 60 }, "Accounts.AnonymousLife: must be between 3600 and 31622400 seconds, is 60"},
		{"a captcha that nobody asks for", func(c *config.Config) { c.Accounts.AnonymousCaptcha = true },
			"Accounts.AnonymousCaptcha: must not be true while Captcha.Provider is off: nobody could solve a captcha"},
		{"a captcha", func(c *config.Config) {
			c.Accounts.AnonymousCaptcha, c.Captcha.Provider, c.Captcha.SiteKey, c.Captcha.Secret = true, "turnstile", "0x4AAA", "0x4BBB"
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := good(t, "pro")
			conf.Passwords.Breached.Enabled = true
			c.change(&conf)
			if diff := cmp.Diff(c.want, strings.Join(lines(t, conf.Validate()), "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
