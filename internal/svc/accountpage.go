package svc

import (
	"user-api/internal/config"
	"user-api/internal/web"
)

// accountPage is what the account page is told of the configuration. All of it is public.
func accountPage(c config.Config) (web.Account, error) {
	texts, err := texts(c)
	if err != nil {
		return web.Account{}, err
	}
	_, passkeys := c.Party()
	page := web.Account{
		Avatars: c.BlobStore() != config.BlobsOff, Passkeys: passkeys, Mail: c.Email.Provider != config.ProviderOff,
		Languages: texts.Languages(),
	}
	if page.Home = accountHome(c); page.Home != "" {
		for _, p := range c.Social.Providers {
			if p.ClientId != "" { // else it is a mini program alone, which no browser goes to
				page.Sites = append(page.Sites, p.Name)
			}
		}
	}
	return page, nil
}

// accountHome is the address of the account page, to which a browser comes back from another
// site; empty where it cannot.
func accountHome(c config.Config) string {
	if !c.Web.Enabled || !c.Web.Account || !c.Auth.IssuerURL() {
		return ""
	}
	return c.Auth.Issuer + "/account"
}
