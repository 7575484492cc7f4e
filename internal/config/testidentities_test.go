package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

func TestTestIdentities(t *testing.T) {
	const path = "Otp.TestIdentities[0]"
	for _, c := range []struct {
		name, mode string
		change     func(*config.TestIdentity)
		want       string
	}{
		{"as documented", "pro", func(*config.TestIdentity) {}, ""},
		{"by e-mail", "pro", func(i *config.TestIdentity) { i.To = "review@example.com" }, ""},
		{"without bounds outside pro", "dev", func(i *config.TestIdentity) { i.Until, i.Clients = "", nil }, ""},
		{"a national number", "dev", func(i *config.TestIdentity) { i.To = "5005550006" }, path + ".To: must be a number as +14155550100 or an e-mail address"},
		{"no address", "dev", func(i *config.TestIdentity) { i.To = "" }, path + ".To: must be a number as +14155550100 or an e-mail address"},
		{"no code", "dev", func(i *config.TestIdentity) { i.Code = "" }, path + ".Code: must have 6 to 10 digits, or Otp.Length"},
		{"a short code", "dev", func(i *config.TestIdentity) { i.Code = "12345" }, path + ".Code: must have 6 to 10 digits, or Otp.Length"},
		{"a long code", "dev", func(i *config.TestIdentity) { i.Code = "12345678901" }, path + ".Code: must have 6 to 10 digits, or Otp.Length"},
		{"a code of words", "dev", func(i *config.TestIdentity) { i.Code = "abcdef" }, path + ".Code: must have 6 to 10 digits, or Otp.Length"},
		{"a code of ten", "pro", func(i *config.TestIdentity) { i.Code = "1234567890" }, ""},
		{"no end in pro", "pro", func(i *config.TestIdentity) { i.Until = "" }, path + ".Until: must be given in pro: a code that everybody may know has an end"},
		{"no day", "dev", func(i *config.TestIdentity) { i.Until = "31.1.2027" }, path + `.Until: must be a day as 2027-01-31, is "31.1.2027"`},
		{"no network in pro", "pro", func(i *config.TestIdentity) { i.Clients = nil }, path + ".Clients: must name a network in pro: the code would work for everybody"},
		{"every address in pro", "pro", func(i *config.TestIdentity) { i.Clients = []string{"::/0"} }, path + ".Clients[0]: must not be every address in pro: the code would work for everybody"},
		{"an address for a network", "dev", func(i *config.TestIdentity) { i.Clients = []string{"203.0.113.1"} }, path + `.Clients[0]: must be a network as 203.0.113.0/24 or 2001:db8::/48, is "203.0.113.1"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := good(t, c.mode)
			identity := config.TestIdentity{To: "+15005550006", Code: "123456", Until: "2027-01-31", Clients: []string{"203.0.113.0/24"}}
			c.change(&identity)
			conf.Otp.TestIdentities = []config.TestIdentity{identity}
			if diff := cmp.Diff(c.want, strings.Join(lines(t, conf.Validate()), "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
	conf := good(t, "dev")
	conf.Otp.Length = 4
	conf.Otp.TestIdentities = []config.TestIdentity{{To: "a@example.com", Code: "1234"}, {To: "A@example.com", Code: "123456"}}
	want := []string{"Otp.TestIdentities[1].To: is given twice"}
	if diff := cmp.Diff(want, lines(t, conf.Validate())); diff != "" {
		t.Errorf("twice the same (-want +got):\n%s", diff)
	}
}

// 90 days from any hour of 2 November are over at the end of 31 January.
func TestCheckDates(t *testing.T) {
	now := time.Date(2026, 11, 2, 15, 0, 0, 0, time.UTC)
	for until, ok := range map[string]bool{"": true, "2026-01-01": true, "2027-01-31": true, "2027-02-01": false, "9999-12-31": false} {
		for _, mode := range []string{"pro", "dev"} {
			conf := good(t, mode)
			conf.Otp.TestIdentities = []config.TestIdentity{{To: "+15005550006", Code: "123456", Until: until}}
			if err := conf.CheckDates(now); (err == nil) != (ok || mode == "dev") {
				t.Errorf("%s, until %q: %v, want accepted %v", mode, until, err, ok)
			}
		}
	}
	last := config.TestIdentity{Until: "2026-11-02"}
	if got, want := last.Ends(), time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("the last day ends at %v, want %v", got, want)
	}
}

func TestTestIdentityHidesItsCode(t *testing.T) {
	conf := good(t, "dev")
	conf.Otp.TestIdentities = []config.TestIdentity{{To: "+15005550006", Code: "918273"}}
	text, err := json.Marshal(conf)
	if err != nil {
		t.Fatal(err)
	}
	all := string(text) + fmt.Sprintf("%v %+v %#v %s", conf, conf.Otp, conf.Otp.TestIdentities, conf.Otp.TestIdentities[0])
	if strings.Contains(all, "918273") || !strings.Contains(all, "+15005550006") {
		t.Errorf("printed as %s", all)
	}
}

func TestCaptcha(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		change     func(*config.Captcha)
		want       string
	}{
		{"as documented", "pro", func(*config.Captcha) {}, ""},
		{"off needs nothing", "pro", func(c *config.Captcha) { *c = config.Captcha{Provider: "off", Timeout: 3, OnFailure: "refuse"} }, ""},
		{"no site key", "pro", func(c *config.Captcha) { c.SiteKey = "" }, "Captcha.SiteKey: must have 1 to 255 characters and no white space"},
		{"no secret", "dev", func(c *config.Captcha) { c.Secret = "" }, "Captcha.Secret: is missing, set CAPTCHA_SECRET"},
		{"a secret of two words", "dev", func(c *config.Captcha) { c.Secret = "a b" }, "Captcha.Secret: must have no white space"},
		{"the secret for tests in pro", "pro", func(c *config.Captcha) { c.Secret = "1x0000000000000000000000000000000AA" }, "Captcha.Secret: must not be the provider's secret for tests in pro: it takes every token"},
		{"the secret for tests in dev", "dev", func(c *config.Captcha) { c.Secret = "1x0000000000000000000000000000000AA" }, ""},
		{"by http in pro", "pro", func(c *config.Captcha) { c.VerifyUrl = "http://v.example.com/v" }, `Captcha.VerifyUrl: must be https (http only to loopback, or outside pro), is "http://v.example.com/v"`},
		{"by http to loopback in pro", "pro", func(c *config.Captcha) { c.VerifyUrl = "http://127.0.0.1:9/v" }, ""},
		{"by https in pro", "pro", func(c *config.Captcha) { c.VerifyUrl = "https://v.example.com/v" }, ""},
		{"an URL with a password", "dev", func(c *config.Captcha) { c.VerifyUrl = "https://u:hunter2@h/v" }, "Captcha.VerifyUrl: must be as https://verify.example.com/siteverify, without user, query and fragment"},
		{"an URL for a host", "dev", func(c *config.Captcha) { c.Hostnames = []string{"app.example.com", "https://app.example.com"} }, `Captcha.Hostnames[1]: must be a host name as app.example.com, is "https://app.example.com"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := good(t, c.mode)
			conf.Captcha = config.Captcha{Provider: "turnstile", SiteKey: "0x4AAA", Secret: "0x4BBB", Timeout: 3, OnFailure: "refuse"}
			c.change(&conf.Captcha)
			if diff := cmp.Diff(c.want, strings.Join(lines(t, conf.Validate()), "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
