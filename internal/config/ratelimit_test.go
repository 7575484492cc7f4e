package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

func TestParseRates(t *testing.T) {
	for text, want := range map[string][]config.Rate{
		"off":               nil,
		"5/3600":            {{Limit: 5, Window: time.Hour}},
		"5/3600;10/86400":   {{Limit: 5, Window: time.Hour}, {Limit: 10, Window: 24 * time.Hour}},
		" 5/3600  10/86400": {{Limit: 5, Window: time.Hour}, {Limit: 10, Window: 24 * time.Hour}},
		"1000000/604800":    {{Limit: 1000000, Window: 7 * 24 * time.Hour}},
	} {
		got, err := config.ParseRates(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
	}
	for _, text := range []string{
		"", " ", ";", "Off", "5", "5/", "/5", "0/60", "5/0", "-5/60", "+5/60", "05/60", "5/060", "5/60s", "5 / 60", "5/60,6/60", "5/60/7",
		"1000001/60", "5/604801", "99999999999999999999/60", "1/1 1/2 1/3 1/4 1/5", "５/60", "0x5/60", "1e3/60",
	} {
		if got, err := config.ParseRates(text); err == nil || got != nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// Parsing and formatting limits is a round trip, whatever the spaces.
func FuzzParseRates(f *testing.F) {
	for _, seed := range []string{"5/3600;10/86400", "off", "1/1 2/2", "", "5/", "/", "0/0", ";;", "1000000/604800"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rates, err := config.ParseRates(text)
		if err != nil {
			if rates != nil {
				t.Fatalf("%q: %v beside %v", text, rates, err)
			}
			return
		}
		var words []string
		for _, r := range rates {
			if r.Limit < 1 || r.Window < time.Second {
				t.Fatalf("%q: %v", text, r)
			}
			words = append(words, fmt.Sprintf("%d/%d", r.Limit, int(r.Window.Seconds())))
		}
		again := strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ';' }), ";")
		if written := strings.Join(words, ";"); text != "off" && written != again {
			t.Fatalf("%q is read as %q", text, written)
		}
	})
}

func TestRateLimit_rules(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"{Send: {Address: 5 per hour}}", `RateLimit.Send.Address: must be off, or up to 4 limits such as 5/3600, a count of 1 to 1000000 in 1 to 604800 seconds, is "5 per hour"`},
		{"{Prices: [IN=0.08, XX=0.1]}", `RateLimit.Prices[1]: must be an ISO 3166 country of two capital letters, is "XX"`},
		{"{Prices: [IN=2]}", `RateLimit.Prices[0]: must be a country and dollars, such as IN=0.08, 0.0001 to 1, is "IN=2"`},
		{"{Prices: [IN=NaN]}", `RateLimit.Prices[0]: must be a country and dollars, such as IN=0.08, 0.0001 to 1, is "IN=NaN"`},
		{"{Network: {Net24: -1}}", "RateLimit.Network.Net24: must be between 0 and 10000 times, is -1"},
		{"{Share: {Network: 0}}", "RateLimit.Share.Network: must be between 1 and 100 percent, is 0"},
		{"{Share: {Known: 91}}", "RateLimit.Share.Known: must be between 0 and 90 percent, is 91"},
		{"{Send: {Adress: off}}", "RateLimit.Send.Adress: unknown key (line 2), did you mean Address?"},
	} {
		_, err := config.Parse([]byte("Mode: dev\nRateLimit: "+c.yaml), noEnv)
		if diff := cmp.Diff([]string{c.want}, lines(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.yaml, diff)
		}
	}
	if _, err := config.Parse([]byte("Mode: dev\nRateLimit: {Prices: [IN=0.0001, US=1]}"), noEnv); err != nil {
		t.Errorf("prices: %v", err)
	}
}

func TestRateLimit_pro(t *testing.T) {
	pro := good(t, config.ModePro)
	pro.RateLimit.Enabled = false
	pro.RateLimit.Send.Address = "101/3600"
	pro.RateLimit.Send.Global = "off"
	got := lines(t, pro.Validate())
	for _, want := range []string{
		"RateLimit.Enabled: must be true in pro: anyone could spend your money",
		`RateLimit.Send.Address: must count to at most 100 in pro, is "101/3600"`,
		"RateLimit.Send.Global: must not be off in pro",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %q", want, got)
		}
	}
}
