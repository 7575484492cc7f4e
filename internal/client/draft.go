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

// The sizes of database columns.
const (
	maxRedirects = 4000
	maxAudience  = 255
)

var (
	// ErrDraft is wrapped by every error about an invalid draft.
	ErrDraft = errors.New("client")

	nameForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)
	audienceForm = regexp.MustCompile(`^[\x21-\x7e]*$`)
)

// Draft describes a client to create.
type Draft struct {
	Name              string
	Public            bool
	Scopes, Redirects []string
	Audience          string
	// Limit is its own rate limit; zero means the configured one.
	Limit guard.Rate
}

// check validates the draft and returns its scopes in order.
func (d Draft) check() (scopes []string, err error) {
	if !nameForm.MatchString(d.Name) {
		return nil, wrong("the name must have 1 to 32 of a-z 0-9 . _ - and begin with a letter or digit")
	}
	scopes, ok := scopesOf(strings.Join(d.Scopes, " "))
	if !ok {
		return nil, wrong("the scopes must be among %s", strings.Join(Scopes, ", "))
	}
	if len(d.Audience) > maxAudience || !audienceForm.MatchString(d.Audience) {
		return nil, wrong("the audience must have at most %d printable ASCII characters and no space", maxAudience)
	}
	if d.Public && len(d.Scopes) > 0 {
		return nil, wrong("a public client cannot have scopes, because it cannot authenticate")
	}
	return scopes, checkRedirects(d.Redirects, d.Public)
}

func checkRedirects(uris []string, public bool) error {
	if len(strings.Join(uris, " ")) > maxRedirects {
		return wrong("the redirect URIs must have at most %d characters in total", maxRedirects)
	}
	for _, uri := range uris {
		if err := checkRedirect(uri); err != nil {
			return err
		}
	}
	if public && len(uris) == 0 {
		return wrong("a public client must have a redirect URI")
	}
	return nil
}

// checkRedirect accepts what RFC 9700 section 2.1 and RFC 8252 section 7 allow: https, http
// to this device, and a private scheme based on a reversed domain name. URIs are compared
// exactly, so patterns are not allowed.
func checkRedirect(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Fragment != "" || strings.ContainsAny(uri, "*# \t\r\n") || u.User != nil {
		return wrong("a redirect URI must be absolute, without fragment, user and star")
	}
	switch scheme := u.Scheme; {
	case scheme == "https" && u.Host != "":
	case scheme == "http" && (net.ParseIP(u.Hostname()).IsLoopback() || u.Hostname() == "localhost"):
	case strings.Contains(scheme, ".") && u.Host == "":
	default:
		return wrong("a redirect URI must be https, http to a loopback address, or have a scheme such as com.example.app")
	}
	return nil
}

func wrong(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDraft}, args...)...)
}
