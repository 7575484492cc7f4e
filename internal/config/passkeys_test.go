package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

func TestPasskeys(t *testing.T) {
	for text, want := range map[string]string{
		"{RpId: 'https://example.com'}": "Passkeys.RpId: must be a domain",
		"{RpId: Example.com}":           "Passkeys.RpId: must be a domain",
		"{RpId: 'example.com:8443'}":    "Passkeys.RpId: must be a domain",
		"{RpId: 192.0.2.7}":             "Passkeys.RpId: must be a domain",
		"{RpName: ''}":                  "Passkeys.RpName: must have 1 to 64",
		"{RpId: example.com, Origins: ['https://login.example.com/']}":                          "Passkeys.Origins[0]: must be an exact origin",
		"{RpId: example.com, Origins: ['http://example.com']}":                                  "Passkeys.Origins[0]: must be https",
		"{RpId: example.com, Origins: ['capacitor://localhost']}":                               "Passkeys.Origins[0]: must be https",
		"{RpId: example.com, Origins: ['https://badexample.com']}":                              "Passkeys.Origins[0]: must be example.com or a subdomain of it",
		"{RpId: example.com, Origins: ['https://example.com.evil.test']}":                       "Passkeys.Origins[0]: must be example.com or a subdomain of it",
		"{RpId: example.com, Origins: ['android:apk-key-hash:short']}":                          "Passkeys.Origins[0]: must be an exact origin",
		"{RpId: example.com, Related: ['https://login.example.com']}":                           "Passkeys.Related[0]: must be on a domain other than",
		"{RpId: example.com, Related: ['http://example.test']}":                                 "Passkeys.Related[0]: must be https",
		"{RpId: example.com, Related: [" + strings.Repeat("'https://a.test',", 51) + "]}":       "Passkeys.Related: must have at most 50",
		"{RpId: example.com, RpName: " + strings.Repeat("x", 65) + "}":                          "Passkeys.RpName: must have 1 to 64",
		"{RpId: localhost, Origins: ['http://localhost:3000'], Related: ['https://localhost']}": "Passkeys.Related[0]: must be on a domain other than",
	} {
		_, err := config.Parse([]byte("Mode: dev\nPasskeys: "+text), func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	_, err := config.Parse([]byte("Mode: pro\nPasskeys: {RpId: localhost, Origins: ['http://localhost:3000']}"), func(string) string { return "" })
	for _, want := range []string{"Passkeys.RpId: must not be localhost in pro", "Passkeys.Origins[0]: must be https"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("pro: %v, want %s", err, want)
		}
	}
	_, err = config.Parse([]byte("Mode: pro\nPasskeys: {Related: ['https://example.test']}"), func(string) string { return "" })
	if want := "Passkeys.RpId: must be given with"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("pro: %v, want %s", err, want)
	}
}

// The defaults are this service on localhost outside pro, and no passkeys in pro.
func TestConfig_Party(t *testing.T) {
	for name, c := range map[string]struct {
		in      config.Config
		id      string
		origins []string
	}{
		"nothing outside pro":  {config.Config{Mode: config.ModeDev, Port: 8888}, "localhost", []string{"http://localhost:8888"}},
		"with TLS":             {config.Config{Mode: config.ModeTest, Port: 8443, CertFile: "x"}, "localhost", []string{"https://localhost:8443"}},
		"nothing in pro":       {config.Config{Mode: config.ModePro}, "", nil},
		"a domain":             {config.Config{Mode: config.ModePro, Passkeys: config.Passkeys{RpId: "example.com"}}, "example.com", []string{"https://example.com"}},
		"a domain and origins": {config.Config{Mode: config.ModePro, Passkeys: config.Passkeys{RpId: "example.com", Origins: []string{"https://id.example.com"}}}, "example.com", []string{"https://id.example.com"}},
	} {
		p, ok := c.in.RelyingParty()
		if diff := cmp.Diff(c.origins, p.Origins); diff != "" || p.RpId != c.id || ok != (c.id != "") {
			t.Errorf("%s: %+v, %t", name, p, ok)
		}
	}
}
