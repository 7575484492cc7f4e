package config_test

import (
	"fmt"
	"strings"
	"testing"

	"user-api/internal/config"
)

// Each row is one provider and its one problem.
func TestSocial(t *testing.T) {
	const google = "Name: google, Kind: oidc, Issuer: 'https://accounts.google.com', ClientId: x"
	for name, tt := range map[string]struct{ mode, yaml, want string }{
		"as documented":           {"pro", "{" + google + ", ClientSecret: s, Audiences: [a, b], Authoritative: [gmail.com, hd], Scopes: [openid, email]}", ""},
		"two of a name":           {"dev", "{" + google + "}, {" + google + "}", "Social.Providers[1].Name: is given twice"},
		"a name with a slash":     {"dev", "{" + strings.Replace(google, "google", "a/b", 1) + "}", "Social.Providers[0].Name: must have 1 to 32"},
		"a kind that is not one":  {"dev", "{" + strings.Replace(google, "oidc", "saml", 1) + "}", "Social.Providers[0].Kind: must be "},
		"no issuer":               {"dev", "{Name: google, Kind: oidc, ClientId: x}", "Social.Providers[0].Issuer: must look like https"},
		"http":                    {"dev", "{Name: a, Kind: oidc, Issuer: 'http://a.example', ClientId: x}", "Social.Providers[0].Issuer: must be https"},
		"http, and private":       {"dev", "{Name: a, Kind: oidc, Issuer: 'http://127.0.0.1:9', ClientId: x, AllowPrivate: true}", ""},
		"http in pro":             {"pro", "{Name: a, Kind: oidc, Issuer: 'http://127.0.0.1:9', ClientId: x, AllowPrivate: true}", "Social.Providers[0].Issuer: must be https"},
		"this host":               {"pro", "{Name: a, Kind: oidc, Issuer: 'https://localhost', ClientId: x}", "Social.Providers[0].Issuer: refers to this host: set AllowPrivate"},
		"a query":                 {"dev", "{Name: a, Kind: oidc, Issuer: 'https://a.example/?x', ClientId: x}", "Social.Providers[0].Issuer: must look like https"},
		"no client":               {"dev", "{Name: a, Kind: oidc, Issuer: 'https://a.example', ClientId: ''}", "Social.Providers[0].ClientId: must have 1 to 255"},
		"our client again":        {"dev", "{" + google + ", Audiences: [x]}", "Social.Providers[0].Audiences[0]: is given twice"},
		"an audience with space":  {"dev", "{" + google + ", Audiences: ['a b']}", "Social.Providers[0].Audiences[0]: must have"},
		"no openid":               {"dev", "{" + google + ", Scopes: [email]}", "Social.Providers[0].Scopes: must include openid"},
		"two scopes in one":       {"dev", "{" + google + ", Scopes: [openid, 'a b']}", "Social.Providers[0].Scopes[1]: must have"},
		"hd of another":           {"dev", "{Name: a, Kind: oidc, Issuer: 'https://a.example', ClientId: x, Authoritative: [hd]}", "Social.Providers[0].Authoritative[0]: hd is for"},
		"every domain, by Google": {"dev", "{" + google + ", Authoritative: ['*']}", "Social.Providers[0].Authoritative[0]: must not be *"},
		"every domain, by ours":   {"dev", "{Name: a, Kind: oidc, Issuer: 'https://a.example', ClientId: x, Authoritative: ['*']}", ""},
		"a domain in capitals":    {"dev", "{" + google + ", Authoritative: [GMail.com]}", "Social.Providers[0].Authoritative[0]: must be a domain"},
		"a domain twice":          {"dev", "{" + google + ", Authoritative: [gmail.com, gmail.com]}", "Social.Providers[0].Authoritative[1]: is given twice"},
		"any tenant": {"dev", "{Name: a, Kind: oidc, Issuer: 'https://login.microsoftonline.com/common/v2.0', ClientId: x, Authoritative: [corp.example]}",
			"Social.Providers[0].Authoritative: must be left out"},
		"events of any tenant": {"dev", "{Name: a, Kind: oidc, Issuer: 'https://login.microsoftonline.com/common/v2.0', ClientId: x, Events: true}",
			"Social.Providers[0].Events: must be false"},
		"events":     {"pro", "{" + google + ", Events: true}", ""},
		"one tenant": {"dev", "{Name: a, Kind: oidc, Issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0', ClientId: x, Authoritative: [corp.example]}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := good(t, tt.mode)
			read, err := config.Parse([]byte("Mode: dev\nSocial: {Providers: ["+tt.yaml+"]}"), noEnv)
			if err == nil {
				c.Social = read.Social
				err = c.Validate()
			}
			got := ""
			if err != nil {
				got = strings.Join(lines(t, err), "\n")
			}
			if got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestSocial_redirects(t *testing.T) {
	for uri, want := range map[string]bool{
		"https://app.example.com/in": true, "https://app.example.com/in?x=1": true, "http://localhost:3000/in": true, "http://127.0.0.1/in": true,
		"com.example.app:/in": true, "http://app.example.com/in": false, "https://app.example.com/in#x": false, "https://a:b@app.example.com": false,
		"https://*.example.com": false, "/in": false, "javascript:alert(1)": false, "data:text/html,x": false, "app://in": false, "": false, "https:///in": false,
	} {
		c := good(t, "dev")
		c.Social.Redirects = []string{uri}
		if err := c.Validate(); (err == nil) != want {
			t.Errorf("%q: %v, want it taken: %t", uri, err, want)
		}
	}
}

// The variable of a secret ends in the provider's name, and no form of the section shows
// the secret.
func TestSocial_secret(t *testing.T) {
	const text = "Mode: dev\nSocial: {Providers: [{Name: my-site, Kind: oidc, Issuer: 'https://a.example', ClientId: x}]}"
	c, err := config.Parse([]byte(text), env(map[string]string{"SOCIAL_SECRET_MY_SITE": "s3cret"}))
	if err != nil || c.Social.Providers[0].ClientSecret != "s3cret" {
		t.Fatalf("%v", err)
	}
	if shown := fmt.Sprintf("%+v %v", c.Social, c); strings.Contains(shown, "s3cret") {
		t.Errorf("the secret is shown: %s", shown)
	}
}

// The examples in docs/social.md are valid.
func TestSocial_documented(t *testing.T) {
	blocks := strings.Split(read(t, "../../docs/social.md"), "```yaml\n")[1:]
	if len(blocks) < 2 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		c, err := config.Parse([]byte("Mode: dev\n"+text), noEnv)
		if err != nil || len(c.Social.Providers) != 1 {
			t.Errorf("%s\n%v", text, err)
		}
	}
}
