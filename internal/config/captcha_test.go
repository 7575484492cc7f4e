package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

func TestCaptcha(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		change     func(*config.Captcha)
		want       string
	}{
		{"as documented", "pro", func(*config.Captcha) {}, ""},
		{"off needs nothing", "pro", func(c *config.Captcha) {
			*c = config.Captcha{Provider: "off", Timeout: 3, OnFailure: "refuse", Action: "match"}
		}, ""},
		{"no site key", "pro", func(c *config.Captcha) { c.SiteKey = "" }, "Captcha.SiteKey: must have 1 to 255 characters and no white space"},
		{"no secret", "dev", func(c *config.Captcha) { c.Secret = "" }, "Captcha.Secret: is missing, set CAPTCHA_SECRET"},
		{"a secret of two words", "dev", func(c *config.Captcha) { c.Secret = "a b" }, "Captcha.Secret: must have no white space"},
		{"the secret for tests in pro", "pro", func(c *config.Captcha) { c.Secret = "1x0000000000000000000000000000000AA" }, "Captcha.Secret: must not be a secret that the provider publishes, for tests or in samples, in pro"},
		{"the secret of GeeTest's samples in pro", "pro", func(c *config.Captcha) { c.Secret = "b09a7aafbfd83f73b35a9b530d0337bf" }, "Captcha.Secret: must not be a secret that the provider publishes, for tests or in samples, in pro"},
		{"the secret for tests in dev", "dev", func(c *config.Captcha) { c.Secret = "1x0000000000000000000000000000000AA" }, ""},
		{"by http in pro", "pro", func(c *config.Captcha) { c.VerifyUrl = "http://v.example.com/v" }, `Captcha.VerifyUrl: must be https (http only to loopback, or outside pro), is "http://v.example.com/v"`},
		{"by http to loopback in pro", "pro", func(c *config.Captcha) { c.VerifyUrl = "http://127.0.0.1:9/v" }, ""},
		{"by https in pro", "pro", func(c *config.Captcha) { c.VerifyUrl = "https://v.example.com/v" }, ""},
		{"an URL with a password", "dev", func(c *config.Captcha) { c.VerifyUrl = "https://u:hunter2@h/v" }, "Captcha.VerifyUrl: must look like https://verify.example.com/siteverify, without user, query and fragment"},
		{"an URL for a host", "dev", func(c *config.Captcha) { c.Hostnames = []string{"app.example.com", "https://app.example.com"} }, `Captcha.Hostnames[1]: must be a host name such as app.example.com, is "https://app.example.com"`},
		{"a provider that nobody knows", "dev", func(c *config.Captcha) { c.Provider = "geetest3" }, `Captcha.Provider: must be off, turnstile, hcaptcha, recaptcha or geetest, is "geetest3"`},
		{"GeeTest", "pro", func(c *config.Captcha) { c.Provider = "geetest" }, ""},
		{"no such binding", "dev", func(c *config.Captcha) { c.Action = "always" }, `Captcha.Action: must be match, require or off, is "always"`},
		{"an action of Turnstile", "pro", func(c *config.Captcha) { c.Action = "require" }, ""},
		{"a score of more than all", "dev", func(c *config.Captcha) { c.MinScore = 101 }, "Captcha.MinScore: must be between 0 and 100 hundredths, is 101"},
		{"a question as long as a request", "dev", func(c *config.Captcha) { c.Timeout = 5 }, "Captcha.Timeout: must be less than Timeout, 5 seconds, is 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := good(t, c.mode)
			conf.Captcha = config.Captcha{Provider: "turnstile", SiteKey: "0x4AAA", Secret: "0x4BBB", Timeout: 3, OnFailure: "refuse", Action: "match", MinScore: 50}
			c.change(&conf.Captcha)
			if diff := cmp.Diff(c.want, strings.Join(lines(t, conf.Validate()), "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
