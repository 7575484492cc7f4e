package svc

import (
	"slices"
	"testing"

	"user-api/internal/config"
)

// The account page gets the configured features, and no provider from which a browser
// cannot return.
func TestAccountPage(t *testing.T) {
	c := config.Config{Mode: "pro"}
	c.Name = "test"
	c.Email.Provider = config.ProviderOff
	page, err := accountPage(c)
	if err != nil {
		t.Fatal(err)
	}
	if page.Avatars || page.Passkeys || page.Mail || page.Home != "" || len(page.Sites) > 0 {
		t.Errorf("the page is told of what there is not: %+v", page)
	}
	if !slices.Contains(page.Languages, "hi") {
		t.Errorf("the languages are %v", page.Languages)
	}

	c.Mode, c.Email.Provider, c.Auth.Issuer = "dev", "inbox", "https://id.example.com"
	c.Web = config.Web{Enabled: true}
	c.Social.Providers = []config.SocialProvider{{Name: "google", ClientId: "x"}, {Name: "wechat"}}
	if page, err = accountPage(c); err != nil || !page.Avatars || !page.Passkeys || !page.Mail || len(page.Sites) > 0 {
		t.Errorf("%+v, %v", page, err)
	}
	const home = "https://id.example.com/account"
	if slices.Contains(socialRedirects(c), home) {
		t.Error("a browser may come back to a page that is switched off")
	}
	c.Web.Account = true
	if page, err = accountPage(c); err != nil || page.Home != home || !slices.Contains(socialRedirects(c), home) || !slices.Equal(page.Sites, []string{"google"}) {
		t.Errorf("%+v, %v", page, err)
	}
}
