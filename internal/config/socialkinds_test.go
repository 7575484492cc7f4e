package config_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"user-api/internal/config"
)

// Each row is one provider of a kind other than plain oidc, and its one problem.
func TestSocial_kinds(t *testing.T) {
	const (
		line   = "Name: line, Kind: line, ClientId: '1', ClientSecret: s"
		wechat = "Name: wechat, Kind: wechat, ClientId: wx1, ClientSecret: s"
		naver  = "Name: naver, Kind: oauth2, ClientId: x, ClientSecret: s"
		apple  = "Name: apple, Kind: oidc, Issuer: 'https://appleid.apple.com', ClientId: x"
		info   = "AuthUrl: 'https://a.example/a', TokenUrl: 'https://a.example/t', Url: 'https://a.example/me'"
	)
	for name, tt := range map[string]struct{ yaml, want string }{
		"LINE":                      {line + ", Scopes: [openid, email], Audiences: ['2']", ""},
		"LINE without a secret":     {"Name: line, Kind: line, ClientId: '1'", "ClientSecret: is missing, set SOCIAL_SECRET_LINE"},
		"LINE without openid":       {line + ", Scopes: [email]", "Scopes: must include openid"},
		"LINE with an issuer":       {line + ", Issuer: 'https://access.line.me'", "Issuer: must be left out: only the kind oidc"},
		"LINE that is believed":     {line + ", Authoritative: ['*']", "Authoritative: must be left out"},
		"LINE elsewhere":            {line + ", BaseUrl: 'https://line.example'", ""},
		"LINE elsewhere, by http":   {line + ", BaseUrl: 'http://line.example'", "BaseUrl: must be https"},
		"LINE on this host":         {line + ", BaseUrl: 'https://127.0.0.1'", "BaseUrl: refers to this host"},
		"WeChat":                    {wechat + ", MiniAppId: wx2, MiniSecret: m, OpenIds: true", ""},
		"WeChat, a mini program":    {"Name: wechat, Kind: wechat, MiniAppId: wx2, MiniSecret: m", ""},
		"WeChat, neither":           {"Name: wechat, Kind: wechat", "ClientId: must have 1 to 255"},
		"WeChat without a secret":   {"Name: my-wechat, Kind: wechat, ClientId: wx1", "ClientSecret: is missing, set SOCIAL_SECRET_MY_WECHAT"},
		"WeChat, no secret of mini": {wechat + ", MiniAppId: wx2", "MiniSecret: is missing, set SOCIAL_MINI_SECRET_WECHAT"},
		"WeChat with scopes":        {wechat + ", Scopes: [snsapi_base]", "Scopes: must be left out"},
		"Naver":                     {naver + ", Userinfo: {" + info + ", Subject: response.id, Email: response.email}", ""},
		"Naver without userinfo":    {naver, "Userinfo.AuthUrl: must look like"},
		"Naver without a subject":   {naver + ", Userinfo: {" + info + "}", "Userinfo.Subject: must be a dotted path"},
		"Naver with a wrong path":   {naver + ", Userinfo: {" + info + ", Subject: 'response..id'}", "Userinfo.Subject: must be a dotted path"},
		"Naver without a secret":    {"Name: naver, Kind: oauth2, ClientId: x, Userinfo: {" + info + ", Subject: id}", "ClientSecret: is missing, set SOCIAL_SECRET_NAVER"},
		"two sources of addresses":  {naver + ", Userinfo: {" + info + ", Subject: id, Email: email, EmailsUrl: 'https://a.example/e'}", "Userinfo.Email: must be left out"},
		"addresses by http":         {naver + ", Userinfo: {" + info + ", Subject: id, EmailsUrl: 'http://a.example/e'}", "Userinfo.EmailsUrl: must be https"},
		"userinfo of oidc":          {apple + ", Userinfo: {" + info + ", Subject: id}", "Userinfo: must be left out: only the kind oauth2"},
		"Apple":                     {apple + ", Authoritative: ['*'], Apple: {TeamId: A1B2C3D4E5, KeyId: F6G7H8I9J0, PrivateKeyFile: /k.p8}", ""},
		"Apple without a team":      {apple + ", Apple: {KeyId: F6G7H8I9J0, PrivateKeyFile: /k.p8}", "Apple.TeamId: must have 10"},
		"Apple without a file":      {apple + ", Apple: {TeamId: A1B2C3D4E5, KeyId: F6G7H8I9J0}", "Apple.PrivateKeyFile: is missing"},
		"Apple with a secret":       {apple + ", ClientSecret: s, Apple: {TeamId: A1B2C3D4E5, KeyId: F6G7H8I9J0, PrivateKeyFile: /k.p8}", "ClientSecret: must be left out"},
		"a mini program of oidc":    {apple + ", MiniAppId: wx, MiniSecret: s", "MiniAppId: must be left out"},
		"a base of oidc":            {apple + ", BaseUrl: 'https://a.example'", "BaseUrl: must be left out"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse([]byte("Mode: dev\nSocial: {Providers: [{"+tt.yaml+"}]}"), noEnv)
			got := ""
			if err != nil {
				got = lines(t, err)[0]
			}
			if want := "Social.Providers[0]." + tt.want; tt.want == "" && got != "" || tt.want != "" && !strings.HasPrefix(got, want) {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// The example of each page is valid with the variables that it names.
func TestSocial_pages(t *testing.T) {
	files, err := filepath.Glob("../../docs/providers/social-*.md")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	for _, file := range files {
		_, rest, _ := strings.Cut(read(t, file), "```yaml\n")
		example, _, _ := strings.Cut(rest, "```")
		vars := map[string]string{}
		for _, word := range strings.Fields(example) {
			if variable := strings.TrimRight(word, ":,"); strings.HasPrefix(variable, "SOCIAL_") {
				vars[variable] = fmt.Sprintf("a-secret-for-%s", variable)
			}
		}
		if _, err := config.Parse([]byte(example), env(vars)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The variable of a mini program's secret ends in the provider's name, and the secret is
// never shown.
func TestSocial_miniSecret(t *testing.T) {
	const text = "Mode: dev\nSocial: {Providers: [{Name: my-chat, Kind: wechat, MiniAppId: wx}]}"
	c, err := config.Parse([]byte(text), env(map[string]string{"SOCIAL_MINI_SECRET_MY_CHAT": "s3cret"}))
	if err != nil || c.Social.Providers[0].MiniSecret != "s3cret" {
		t.Fatalf("%v", err)
	}
	if shown := fmt.Sprintf("%+v %v", c.Social, c); strings.Contains(shown, "s3cret") {
		t.Errorf("the secret is shown: %s", shown)
	}
}
