package svc

import (
	"user-api/internal/web"
)

// wireWeb makes the pages that are switched on.
func (s *ServiceContext) wireWeb() (err error) {
	c := s.Config.Web
	var pages []string
	for _, page := range []struct {
		name string
		on   bool
	}{{web.SignInPage, true}, {web.AccountPage, c.Account}, {web.AdminPage, c.Admin}} {
		if c.Enabled && page.on {
			pages = append(pages, page.name)
		}
	}
	s.Web, err = web.New(web.Options{Pages: pages, Brand: web.Brand{Name: s.Config.Name}})
	return err
}
