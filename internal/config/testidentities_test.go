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
		{"a national number", "dev", func(i *config.TestIdentity) { i.To = "5005550006" }, path + ".To: must be a number such as +14155550100 or an e-mail address"},
		{"no address", "dev", func(i *config.TestIdentity) { i.To = "" }, path + ".To: must be a number such as +14155550100 or an e-mail address"},
		{"no code", "dev", func(i *config.TestIdentity) { i.Code = "" }, path + ".Code: must have 6 to 10 digits, or Otp.Length"},
		{"a short code", "dev", func(i *config.TestIdentity) { i.Code = "12345" }, path + ".Code: must have 6 to 10 digits, or Otp.Length"},
		{"a long code", "dev", func(i *config.TestIdentity) { i.Code = "12345678901" }, path + ".Code: must have 6 to 10 digits, or Otp.Length"},
		{"a code of words", "dev", func(i *config.TestIdentity) { i.Code = "abcdef" }, path + ".Code: must have 6 to 10 digits, or Otp.Length"},
		{"a code of ten", "pro", func(i *config.TestIdentity) { i.Code = "1234567890" }, ""},
		{"no end in pro", "pro", func(i *config.TestIdentity) { i.Until = "" }, path + ".Until: must be given in pro: a widely known code must expire"},
		{"no day", "dev", func(i *config.TestIdentity) { i.Until = "31.1.2027" }, path + `.Until: must be a day such as 2027-01-31, is "31.1.2027"`},
		{"no network in pro", "pro", func(i *config.TestIdentity) { i.Clients = nil }, path + ".Clients: must name a network in pro: anyone could use the code"},
		{"every address in pro", "pro", func(i *config.TestIdentity) { i.Clients = []string{"::/0"} }, path + ".Clients[0]: must not be wider than a /8 of IPv4 or a /16 of IPv6 in pro: anyone could use the code"},
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

// 90 days from any hour of 2 November end by the end of 31 January.
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
