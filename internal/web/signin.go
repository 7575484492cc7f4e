package web

import (
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

type (
	// SignIn is the data for the sign-in page. Its script has the same fields, in
	// src/signin/options.ts.
	SignIn struct {
		// Email reports whether users can sign in with a code by email, Mail whether email
		// is enabled at all.
		Email bool `json:"email"`
		Mail  bool `json:"mail"`
		// Region is the country of numbers in national format. Regions are the countries to
		// which codes are sent; empty means all.
		Region  string   `json:"region"`
		Regions []string `json:"regions,omitempty"`
		// Channels are the phone channels, the default first.
		Channels []string `json:"channels"`
		// PhoneDigits and EmailDigits are the lengths of codes.
		PhoneDigits int `json:"phoneDigits"`
		EmailDigits int `json:"emailDigits"`
		// SignUp is open, invite or closed.
		SignUp string `json:"signUp"`
		// Passkeys are the origins of pages that may use passkeys.
		Passkeys []string `json:"passkeys,omitempty"`
		// Social are the sites for social sign-in, and Home is the page to which a browser
		// returns.
		Social []SocialSite `json:"social,omitempty"`
		Home   string       `json:"home,omitempty"`
		// ResetWaits means that a reset password takes effect after a day if the account
		// has two addresses.
		ResetWaits bool `json:"resetWaits,omitempty"`
		// Application is the name of the application that requests the sign-in, or empty.
		Application string `json:"application,omitempty"`
	}

	// SocialSite is a site for social sign-in.
	SocialSite struct {
		Name string `json:"name"`
	}
)

// maxRequested limits the evaluated part of the languages that a link requests.
const maxRequested = 200

var asked = regexp.MustCompile(`^[A-Za-z0-9]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)

// SignIn returns the sign-in page, for the named application or, if that is empty, for the
// pages of this service. wanted are the languages that the link requests (ui_locales of
// OpenID Connect), which take precedence over the browser's. ok is false if the page is
// disabled.
func (s *Site) SignIn(application, wanted, languages string) (page Page, ok bool, err error) {
	if s.links[SignInPage] == "" {
		return Page{}, false, nil
	}
	data := s.signIn
	data.Application = application
	page, err = s.Page(SignInPage, preferred(wanted)+languages, data)
	return page, true, err
}

// preferred converts space-separated tags into the start of an Accept-Language header. It
// drops invalid tags.
func preferred(tags string) string {
	var b strings.Builder
	for _, tag := range strings.Fields(tags[:min(len(tags), maxRequested)]) {
		if _, err := language.Parse(tag); err == nil && asked.MatchString(tag) {
			b.WriteString(tag + ",")
		}
	}
	return b.String()
}
