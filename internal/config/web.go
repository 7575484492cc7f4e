package config

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxOrigins is far more than the applications of one operator.
	maxOrigins = 100
	// maxBrandName fits on a line of a phone.
	maxBrandName = 64
	// maxPageLink limits the URL of a page.
	maxPageLink = 500
)

var (
	brandColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	brandLogo  = regexp.MustCompile(`(?i)\.(svg|png)$`)
)

type (
	// Web configures the built-in pages. A disabled page and its files are not served.
	Web struct {
		// Enabled enables the pages; false disables all of them.
		Enabled bool `json:",default=true"`
		// Account, Inbox, Admin and Docs enable the account page, the inbox page (outside
		// pro), the admin page and the API documentation.
		Account bool `json:",default=true"`
		Inbox   bool `json:",default=true"`
		Admin   bool `json:",default=true"`
		Docs    bool `json:",default=true"`
		// FrameAncestors lists the origins that may frame the pages, except the admin page.
		FrameAncestors []string `json:",optional"`
		// Embed lists the origins whose pages may use the sign-in web component. They may
		// call this service like those of Cors.Origins.
		Embed []string `json:",optional"`
		Brand Brand
	}

	// Brand is the operator's branding of the pages.
	Brand struct {
		// Name is the name in titles; empty means the name in messages.
		Name string `json:",optional"`
		// Logo is a file, SVG or PNG.
		Logo string `json:",optional"`
		// Color is the color of buttons, as in #2457d6.
		Color string `json:",optional"`
		// Terms and Privacy are the operator's pages with the terms that users accept.
		Terms   string `json:",optional"`
		Privacy string `json:",optional"`
	}
)

// BrandName returns the operator's name for pages.
func (c Config) BrandName() string {
	if c.Web.Brand.Name != "" {
		return c.Web.Brand.Name
	}
	return c.AppName()
}

// PageOrigins returns the origins whose pages may call the service.
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
		k.add(path+"Color", "must be # and 6 hex digits, such as #2457d6, is %q", b.Color)
	}
	k.link(path+"Terms", b.Terms)
	k.link(path+"Privacy", b.Privacy)
}

// pages validates origins of web pages. Neither patterns nor * are allowed, because these
// pages are trusted with the sign-in.
func (k *checker) pages(key string, origins []string) {
	if len(origins) > maxOrigins {
		k.add(key, "must have at most %d elements, has %d", maxOrigins, len(origins))
	}
	for i, origin := range origins {
		u, err := url.Parse(origin)
		switch at := element(key, i); {
		case err != nil || !isOrigin(origin) || u.Scheme != "https" && u.Scheme != "http":
			k.add(at, "must be an exact origin such as https://app.example.com, in lower case, without path and default port, is %q", origin)
		case u.Scheme == "http" && k.pro && !isLoopback(u.Hostname()):
			k.add(at, "must be https in pro (http only to loopback), is %q", origin)
		}
	}
}

// link validates the URL of a page for users. It may be empty.
func (k *checker) link(key, text string) {
	u, err := url.Parse(text)
	if text != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || !isPlainASCII(text) || len(text) > maxPageLink) {
		k.add(key, "must look like https://example.com/terms, of at most %d ASCII characters without user and white space", maxPageLink)
	}
}

// isPlainASCII reports whether text is ASCII without white space and control characters.
func isPlainASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) || unicode.IsControl(r) })
}

// isShown reports whether text contains only visible characters and none that affect the
// text around it. The joiners of Indic scripts and emoji count as visible.
func isShown(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\u200c' && r != '\u200d'
	})
}
