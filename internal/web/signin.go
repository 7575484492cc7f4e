package web

import (
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

type (
	// SignIn is what the sign-in page knows of the service. Its script has the same fields,
	// in src/signin/options.ts.
	SignIn struct {
		// Email says whether a code to an e-mail address signs in, Mail whether there is e-mail
		// at all.
		Email bool `json:"email"`
		Mail  bool `json:"mail"`
		// Region is the country of numbers written nationally. Regions are the countries that
		// codes are sent to, all where there are none.
		Region  string   `json:"region"`
		Regions []string `json:"regions,omitempty"`
		// Channels are the ways to a phone, the usual one first.
		Channels []string `json:"channels"`
		// PhoneDigits and EmailDigits are how long codes are.
		PhoneDigits int `json:"phoneDigits"`
		EmailDigits int `json:"emailDigits"`
		// SignUp is open, invite or closed.
		SignUp string `json:"signUp"`
		// Passkeys are the origins of pages that may ask for them.
		Passkeys []string `json:"passkeys,omitempty"`
		// Social are the sites to sign in by, and Home where a browser comes back to from one.
		Social []SocialSite `json:"social,omitempty"`
		Home   string       `json:"home,omitempty"`
		// ResetWaits says that a new password of an account with two addresses takes a day.
		ResetWaits bool `json:"resetWaits,omitempty"`
		// Application is the name of the application that asks for the sign-in, or empty.
		Application string `json:"application,omitempty"`
	}

	// SocialSite is a site that users sign in by.
	SocialSite struct {
		Name string `json:"name"`
	}
)

// maxAsked bounds what is looked at of the languages that a link asks for.
const maxAsked = 200

var asked = regexp.MustCompile(`^[A-Za-z0-9]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$`)

// SignIn is the sign-in page, for an application of a name or, without one, for the pages of
// this service. wanted are the languages that the link to it asks for (ui_locales of OpenID
// Connect), which come before those of the browser. It reports false where the page is
// switched off.
func (s *Site) SignIn(application, wanted, languages string) (page Page, ok bool, err error) {
	if s.links[SignInPage] == "" {
		return Page{}, false, nil
	}
	data := s.signIn
	data.Application = application
	page, err = s.Page(SignInPage, preferred(wanted)+languages, data)
	return page, true, err
}

// preferred is the beginning of an Accept-Language header for tags with spaces between.
// What is none is left out.
func preferred(tags string) string {
	var b strings.Builder
	for _, tag := range strings.Fields(tags[:min(len(tags), maxAsked)]) {
		if _, err := language.Parse(tag); err == nil && asked.MatchString(tag) {
			b.WriteString(tag + ",")
		}
	}
	return b.String()
}
