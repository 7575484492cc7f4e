package svc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"user-api/internal/address"
	"user-api/internal/config"
	"user-api/internal/web"
)

// wireWeb makes the pages that are switched on, and the document of the API.
func (s *ServiceContext) wireWeb() (err error) {
	s.Web, err = newSite(s.Config)
	return err
}

func newSite(c config.Config) (*web.Site, error) {
	w := c.Web
	o := web.Options{Framers: w.FrameAncestors, Embedders: w.Embed, Captcha: puzzle(c.Captcha), SignIn: signInPage(c)}
	for _, page := range []struct {
		name string
		on   bool
	}{{web.SignInPage, true}, {web.AccountPage, w.Account}, {web.AdminPage, w.Admin}, {web.DocsPage, w.Docs}, {web.InboxPage, w.Inbox && c.Mode != config.ModePro}, {web.CaptchaPage, o.Captcha != nil}} {
		if w.Enabled && page.on {
			o.Pages = append(o.Pages, page.name)
		}
	}
	var err error
	if o.Brand, err = brand(c); err != nil {
		return nil, err
	}
	if o.Account, err = accountPage(c); err != nil {
		return nil, err
	}
	site, err := web.New(o)
	if errors.Is(err, web.ErrLogo) {
		err = fmt.Errorf("config: Web.Brand.Logo: %s: %w", w.Brand.Logo, err)
	}
	return site, err
}

// brand reads the file of the logo.
func brand(c config.Config) (web.Brand, error) {
	b := c.Web.Brand
	out := web.Brand{Name: c.BrandName(), Color: b.Color, Terms: b.Terms, Privacy: b.Privacy}
	if b.Logo == "" || !c.Web.Enabled {
		return out, nil
	}
	file, err := os.Open(b.Logo)
	if err != nil {
		return web.Brand{}, fmt.Errorf("config: Web.Brand.Logo: %w", err)
	}
	defer file.Close()
	out.LogoType = strings.ToLower(filepath.Ext(b.Logo))
	// One byte more shows that there are too many.
	if out.LogoData, err = io.ReadAll(io.LimitReader(file, web.MaxLogo+1)); err != nil {
		return web.Brand{}, fmt.Errorf("config: Web.Brand.Logo: %w", err)
	}
	return out, nil
}

// checkPages makes the pages, and says whom they trust.
func checkPages(c config.Config) (string, error) {
	if !c.Web.Enabled {
		return "off", nil
	}
	if _, err := newSite(c); err != nil {
		return "", err
	}
	said := "on"
	if w := c.Web; len(w.Embed) > 0 {
		said += ", the component in pages of " + strings.Join(w.Embed, ", ")
	}
	if w := c.Web; len(w.FrameAncestors) > 0 {
		said += ", in frames of " + strings.Join(w.FrameAncestors, ", ")
	}
	return said, nil
}

// signInPage is what the sign-in page is told of the configuration. All of it is public.
func signInPage(c config.Config) web.SignIn {
	mail := c.Email.Provider != config.ProviderOff
	digits := codeDigits(c.Otp)
	party, _ := c.Party()
	page := web.SignIn{
		Email: mail && c.Email.SignIn, Mail: mail,
		Region: c.Sms.DefaultRegion, Regions: c.Sms.AllowedRegions, Channels: c.Sms.PhoneChannels(),
		PhoneDigits: digits[address.KindPhone], EmailDigits: digits[address.KindEmail],
		SignUp: c.Accounts.SignUp, Passkeys: append(slices.Clone(party.Origins), party.Related...), ResetWaits: c.Reset.Both == config.ResetDelay,
		Home: signInHome(c),
	}
	for _, p := range c.Social.Providers {
		if miniAlone := p.ClientId == ""; page.Home != "" && !miniAlone {
			page.Social = append(page.Social, web.SocialSite{Name: p.Name})
		}
	}
	return page
}

// signInHome is the address of the sign-in page, to which a browser comes back from another
// site; empty where it cannot.
func signInHome(c config.Config) string {
	if !c.Web.Enabled || !c.Auth.IssuerURL() {
		return ""
	}
	return c.Auth.Issuer + "/"
}

// socialRedirects are where a browser may come back to: what is configured, and the pages
// from which one goes to another site.
func socialRedirects(c config.Config) []string {
	redirects := slices.Clone(c.Social.Redirects)
	for _, home := range []string{signInHome(c), accountHome(c)} {
		if home != "" && len(c.Social.Providers) > 0 {
			redirects = append(redirects, home)
		}
	}
	return redirects
}

// puzzle is what a page is told of the captcha.
func puzzle(c config.Captcha) *web.Captcha {
	if c.Provider == config.ProviderOff {
		return nil
	}
	return &web.Captcha{Provider: c.Provider, SiteKey: c.SiteKey, Scored: c.Provider == config.ProviderReCaptcha && c.MinScore > 0}
}
