package client

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"user-api/internal/guard"
)

// The widths of columns.
const (
	maxRedirects = 4000
	maxAudience  = 255
)

var (
	// ErrDraft is behind every error about what a client is to be.
	ErrDraft = errors.New("client")

	nameForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)
	audienceForm = regexp.MustCompile(`^[\x21-\x7e]*$`)
)

// Draft says what a client is to be.
type Draft struct {
	Name              string
	Public            bool
	Scopes, Redirects []string
	Audience          string
	// Limit is its own; the zero Rate is the configured one.
	Limit guard.Rate
}

// check returns the scopes in order.
func (d Draft) check() (scopes []string, err error) {
	if !nameForm.MatchString(d.Name) {
		return nil, wrong("the name has 1 to 32 of a-z 0-9 . _ - and begins with a letter or digit")
	}
	scopes, ok := scopesOf(strings.Join(d.Scopes, " "))
	if !ok {
		return nil, wrong("the scopes are of %s", strings.Join(Scopes, ", "))
	}
	if len(d.Audience) > maxAudience || !audienceForm.MatchString(d.Audience) {
		return nil, wrong("the audience has at most %d printable characters of ASCII and no space", maxAudience)
	}
	if d.Public && len(d.Scopes) > 0 {
		return nil, wrong("a public client has no scopes: it cannot prove who it is")
	}
	return scopes, checkRedirects(d.Redirects, d.Public)
}

func checkRedirects(uris []string, public bool) error {
	if len(strings.Join(uris, " ")) > maxRedirects {
		return wrong("the redirect URIs have %d characters together at most", maxRedirects)
	}
	for _, uri := range uris {
		if err := checkRedirect(uri); err != nil {
			return err
		}
	}
	if public && len(uris) == 0 {
		return wrong("a public client has a redirect URI")
	}
	return nil
}

// checkRedirect takes what RFC 9700 section 2.1 and RFC 8252 section 7 allow: https, http
// to this device, and a scheme of the app's own, by a name turned round. It is compared
// letter by letter, so there is no pattern in it.
func checkRedirect(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Fragment != "" || strings.ContainsAny(uri, "*# \t\r\n") || u.User != nil {
		return wrong("a redirect URI is absolute, without a fragment, a user and a star")
	}
	switch scheme := u.Scheme; {
	case scheme == "https" && u.Host != "":
	case scheme == "http" && (net.ParseIP(u.Hostname()).IsLoopback() || u.Hostname() == "localhost"):
	case strings.Contains(scheme, ".") && u.Host == "":
	default:
		return wrong("a redirect URI is https, http to a loopback address, or of a scheme such as com.example.app")
	}
	return nil
}

func wrong(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDraft}, args...)...)
}
