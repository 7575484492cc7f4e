package config

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxOrigins is far more applications than one operator has.
	maxOrigins = 100
	// maxBrandName fits a line of a phone.
	maxBrandName = 64
	// maxPageLink bounds the address of a page.
	maxPageLink = 500
)

var (
	brandColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	brandLogo  = regexp.MustCompile(`(?i)\.(svg|png)$`)
)

type (
	// Web are the pages for people. One that is switched off is not there, nor are its
	// files.
	Web struct {
		// Enabled switches the pages on, the sign-in page first; false is no page at all.
		Enabled bool `json:",default=true"`
		// Account, Inbox, Admin and Docs switch the page of a user's account, that of
		// the inbox outside pro, that of administrators and that of the API.
		Account bool `json:",default=true"`
		Inbox   bool `json:",default=true"`
		Admin   bool `json:",default=true"`
		Docs    bool `json:",default=true"`
		// FrameAncestors are the origins that may show the pages in a frame, but for
		// that of administrators.
		FrameAncestors []string `json:",optional"`
		// Embed are the origins whose pages may use the sign-in as a web component. They
		// may call this service as those of Cors.Origins may.
		Embed []string `json:",optional"`
		Brand Brand
	}

	// Brand is what the pages show of the operator.
	Brand struct {
		// Name is the name in titles; empty means that in messages.
		Name string `json:",optional"`
		// Logo is a file, SVG or PNG.
		Logo string `json:",optional"`
		// Color is that of buttons, as #2457d6.
		Color string `json:",optional"`
		// Terms and Privacy are pages of the operator's that users agree to.
		Terms   string `json:",optional"`
		Privacy string `json:",optional"`
	}
)

// BrandName is the name of the operator in pages.
func (c Config) BrandName() string {
	if c.Web.Brand.Name != "" {
		return c.Web.Brand.Name
	}
	return c.AppName()
}

// PageOrigins are the origins whose pages may call the service.
func (c Config) PageOrigins() []string {
	if !c.Web.Enabled {
		return c.Cors.Origins
	}
	return append(append([]string{}, c.Cors.Origins...), c.Web.Embed...)
}

func (w Web) check(k *checker) {
	k.pages("Web.FrameAncestors", w.FrameAncestors)
	k.pages("Web.Embed", w.Embed)
	const path = "Web.Brand."
	b := w.Brand
	if !isShown(b.Name) || utf8.RuneCountInString(b.Name) > maxBrandName {
		k.add(path+"Name", "must have at most %d characters, all of them visible", maxBrandName)
	}
	if b.Logo != "" && !brandLogo.MatchString(b.Logo) {
		k.add(path+"Logo", "must be a file whose name ends in .svg or .png, is %q", b.Logo)
	}
	if b.Color != "" && !brandColor.MatchString(b.Color) {
		k.add(path+"Color", "must be # and 6 hex digits, as #2457d6, is %q", b.Color)
	}
	k.link(path+"Terms", b.Terms)
	k.link(path+"Privacy", b.Privacy)
}

// pages is about exact origins of web pages. No pattern is taken, nor is *: they are
// trusted with the sign-in of users.
func (k *checker) pages(key string, origins []string) {
	if len(origins) > maxOrigins {
		k.add(key, "must have at most %d elements, has %d", maxOrigins, len(origins))
	}
	for i, origin := range origins {
		u, err := url.Parse(origin)
		switch at := element(key, i); {
		case err != nil || !isOrigin(origin) || u.Scheme != "https" && u.Scheme != "http":
			k.add(at, "must be an exact origin as https://app.example.com, in lower case, without path and default port, is %q", origin)
		case u.Scheme == "http" && k.pro && !isLoopback(u.Hostname()):
			k.add(at, "must be https in pro (http only to loopback), is %q", origin)
		}
	}
}

// link is about a page that users are sent to. It may be left out.
func (k *checker) link(key, text string) {
	u, err := url.Parse(text)
	odd := strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) || unicode.IsControl(r) })
	if text != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || odd || len(text) > maxPageLink) {
		k.add(key, "must be as https://example.com/terms, of at most %d ASCII characters without user and white space", maxPageLink)
	}
}

// isShown reports whether a text has nothing that is invisible or turns the text around
// it. The joiners of Indian scripts and of emoji are shown, in a way.
func isShown(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\u200c' && r != '\u200d'
	})
}
