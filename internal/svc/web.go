package svc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"user-api/docs"
	"user-api/internal/config"
	"user-api/internal/openapi"
	"user-api/internal/web"
)

// wireWeb makes the pages that are switched on, and the document of the API.
func (s *ServiceContext) wireWeb() (err error) {
	address := ""
	if s.Config.Auth.IssuerURL() {
		address = s.Config.Auth.Issuer
	}
	s.APIDocument = sync.OnceValues(func() (openapi.File, error) { return openapi.NewFile(docs.OpenAPI, address) })
	s.Web, err = newSite(s.Config)
	return err
}

func newSite(c config.Config) (*web.Site, error) {
	w := c.Web
	o := web.Options{Framers: w.FrameAncestors}
	for _, page := range []struct {
		name string
		on   bool
	}{{web.SignInPage, true}, {web.AccountPage, w.Account}, {web.AdminPage, w.Admin}} {
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
