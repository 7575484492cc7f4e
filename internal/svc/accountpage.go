package svc

import (
	"user-api/internal/config"
	"user-api/internal/web"
)

// accountPage returns the parts of the configuration that the account page needs. All of it
// is public.
func accountPage(c config.Config) (web.Account, error) {
	texts, err := texts(c)
	if err != nil {
		return web.Account{}, err
	}
	_, passkeys := c.RelyingParty()
	page := web.Account{
		Avatars: c.BlobStore() != config.BlobsOff, Passkeys: passkeys, Mail: c.Email.Provider != config.ProviderOff,
		Languages: texts.Languages(),
	}
	if page.Home = accountHome(c); page.Home != "" {
		for _, p := range c.Social.Providers {
			if p.ClientId != "" { // otherwise it is only a mini program, which browsers cannot use
				page.Sites = append(page.Sites, p.Name)
			}
		}
	}
	return page, nil
}

// accountHome returns the URL of the account page, to which a browser returns from another
// site, or "" if it cannot.
func accountHome(c config.Config) string {
	if !c.Web.Enabled || !c.Web.Account || !c.Auth.IssuerURL() {
		return ""
	}
	return c.Auth.Issuer + "/account"
}
