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

// wireWeb creates the enabled pages.
func (s *ServiceContext) wireWeb() (err error) {
	s.Web, err = newSite(s.Config)
	return err
}

func newSite(c config.Config) (*web.Site, error) {
	w := c.Web
	o := web.Options{Framers: w.FrameAncestors, Embedders: w.Embed, Captcha: captchaSettings(c.Captcha), SignIn: signInPage(c)}
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

// brand loads the logo file.
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
	// One more byte detects a file that is too large.
	if out.LogoData, err = io.ReadAll(io.LimitReader(file, web.MaxLogo+1)); err != nil {
		return web.Brand{}, fmt.Errorf("config: Web.Brand.Logo: %w", err)
	}
	return out, nil
}

// checkPages creates the pages and reports the origins that they trust.
func checkPages(c config.Config) (string, error) {
	if !c.Web.Enabled {
		return "off", nil
	}
	if _, err := newSite(c); err != nil {
		return "", err
	}
	text := "on"
	if w := c.Web; len(w.Embed) > 0 {
		text += ", the component in pages of " + strings.Join(w.Embed, ", ")
	}
	if w := c.Web; len(w.FrameAncestors) > 0 {
		text += ", in frames of " + strings.Join(w.FrameAncestors, ", ")
	}
	return text, nil
}

// signInPage returns the parts of the configuration that the sign-in page needs. All of it
// is public.
func signInPage(c config.Config) web.SignIn {
	mail := c.Email.Provider != config.ProviderOff
	digits := codeDigits(c.Otp)
	party, _ := c.RelyingParty()
	page := web.SignIn{
		Email: mail && c.Email.SignIn, Mail: mail,
		Region: c.Sms.DefaultRegion, Regions: c.Sms.AllowedRegions, Channels: c.Sms.PhoneChannels(),
		PhoneDigits: digits[address.KindPhone], EmailDigits: digits[address.KindEmail],
		SignUp: c.Accounts.SignUp, Passkeys: append(slices.Clone(party.Origins), party.Related...), ResetWaits: c.Reset.Both == config.ResetDelay,
		Home: signInHome(c),
	}
	for _, p := range c.Social.Providers {
		if miniOnly := p.ClientId == ""; page.Home != "" && !miniOnly {
			page.Social = append(page.Social, web.SocialSite{Name: p.Name})
		}
	}
	return page
}

// signInHome returns the URL of the sign-in page, to which a browser returns from another
// site, or "" if it cannot.
func signInHome(c config.Config) string {
	if !c.Web.Enabled || !c.Auth.IssuerURL() {
		return ""
	}
	return c.Auth.Issuer + "/"
}

// socialRedirects returns the URLs to which a browser may return: the configured ones and
// our pages with social sign-in.
func socialRedirects(c config.Config) []string {
	redirects := slices.Clone(c.Social.Redirects)
	for _, home := range []string{signInHome(c), accountHome(c)} {
		if home != "" && len(c.Social.Providers) > 0 {
			redirects = append(redirects, home)
		}
	}
	return redirects
}

// captchaSettings returns the parts of the configuration that a page needs for the captcha.
func captchaSettings(c config.Captcha) *web.Captcha {
	if c.Provider == config.ProviderOff {
		return nil
	}
	return &web.Captcha{Provider: c.Provider, SiteKey: c.SiteKey, Scored: c.Provider == config.ProviderReCaptcha && c.MinScore > 0}
}
