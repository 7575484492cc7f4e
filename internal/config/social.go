package config

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The values of SocialProvider.Kind.
const (
	SocialLine   = "line"
	SocialOAuth2 = "oauth2"
	SocialOIDC   = "oidc"
	SocialWeChat = "wechat"
)

// Special values in SocialProvider.Authoritative.
const (
	// AuthoritativeAny stands for every domain.
	AuthoritativeAny = "*"
	// AuthoritativeHosted stands for the domains of Google Workspace customers.
	AuthoritativeHosted = "hd"
)

const (
	googleIssuer    = "https://accounts.google.com"
	microsoftPrefix = "https://login.microsoftonline.com/"
)

// SocialKinds lists the values of SocialProvider.Kind.
var SocialKinds = []string{SocialLine, SocialOAuth2, SocialOIDC, SocialWeChat}

var (
	emailDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)
	scopeForm   = regexp.MustCompile(`^[!#-\[\]-~]{1,128}$`)
	clientForm  = regexp.MustCompile(`^[!-~]{1,255}$`)
	// manyTenants matches Microsoft's multi-tenant issuers, whose tenants each manage their
	// own addresses.
	manyTenants = regexp.MustCompile("^" + regexp.QuoteMeta(microsoftPrefix) + "(common|organizations|consumers)(/|$)")
)

type (
	// Social configures sign-in through other sites.
	Social struct {
		// Providers lists these sites.
		Providers []SocialProvider `json:",optional"`
		// Redirects lists the URLs of apps and pages to which a browser may return,
		// compared exactly.
		Redirects []string `json:",optional"`
	}

	// SocialProvider is a site through which users sign in.
	SocialProvider struct {
		// Name identifies the provider in routes, links and metrics. Users are linked to
		// this name.
		Name string
		// Kind is one of SocialKinds.
		Kind string
		// Issuer is the iss of its id_tokens and the base URL of its discovery document.
		Issuer string `json:",optional"`
		// ClientId is the client ID of this service. It is optional if there is only a mini
		// program.
		ClientId string `json:",optional"`
		// ClientSecret belongs to ClientId; empty for a public client. Its variable ends in
		// the name of the provider, as SOCIAL_SECRET_GOOGLE.
		ClientSecret string `json:",optional,env=SOCIAL_SECRET"`
		// Audiences lists further client IDs, of apps, whose id_tokens are accepted.
		Audiences []string `json:",optional"`
		// Authoritative lists the domains whose addresses the provider itself assigns;
		// empty means none.
		Authoritative []string `json:",optional"`
		// Scopes lists the requested scopes; empty means openid, email and profile for oidc
		// and line, and the provider's default for oauth2.
		Scopes []string `json:",optional"`
		// Apple signs the client secret instead of a fixed one.
		Apple SocialApple `json:",optional"`
		// Userinfo is for the kind oauth2.
		Userinfo SocialUserinfo `json:",optional"`
		// MiniAppId is the mini program of the kind wechat.
		MiniAppId string `json:",optional"`
		// MiniSecret belongs to it. Its variable ends in the name of the provider.
		MiniSecret string `json:",optional,env=SOCIAL_MINI_SECRET"`
		// OpenIds identifies WeChat users without a union ID by their open ID.
		OpenIds bool `json:",optional"`
		// BaseUrl overrides the host for the kinds line and wechat.
		BaseUrl string `json:",optional"`
		// Events subscribes to the provider's events about accounts.
		Events bool `json:",optional"`
		// AllowPrivate allows the provider to be in a private network or on this host.
		AllowPrivate bool `json:",optional"`
	}
)

func (c Config) checkSocial(k *checker) {
	names := map[string]bool{}
	for i, p := range c.Social.Providers {
		at := element("Social.Providers", i)
		switch {
		case !endpointName.MatchString(p.Name):
			k.add(at+".Name", "must have 1 to 32 of a-z 0-9 -, and neither begin nor end with -, is %q", p.Name)
		case names[p.Name]:
			k.add(at+".Name", "is given twice")
		}
		names[p.Name] = true
		k.option(at+".Kind", p.Kind, SocialKinds...)
		p.check(k, at)
	}
	for i, uri := range c.Social.Redirects {
		if !isRedirect(uri) {
			k.add(element("Social.Redirects", i), "must be https, http to a loopback address or of a scheme such as com.example.app, without fragment, user and star, is %q", uri)
		}
	}
}

func (p SocialProvider) check(k *checker, at string) {
	p.checkKind(k, at)
	if !clientForm.MatchString(p.ClientId) && (p.Kind != SocialWeChat || p.ClientId != "" || p.MiniAppId == "") {
		k.add(at+".ClientId", "must have 1 to 255 characters of ASCII, without space")
	}
	for i, id := range p.Audiences {
		switch key := element(at+".Audiences", i); {
		case !clientForm.MatchString(id):
			k.add(key, "must have 1 to 255 characters of ASCII, without space")
		case id == p.ClientId || slices.Index(p.Audiences, id) < i:
			k.add(key, "is given twice")
		}
	}
	for i, scope := range p.Scopes {
		if !scopeForm.MatchString(scope) {
			k.add(element(at+".Scopes", i), "must have 1 to 128 characters of ASCII, without space, quote and backslash, is %q", scope)
		}
	}
	p.checkAuthoritative(k, at+".Authoritative")
	if p.Events && (p.Kind != SocialOIDC || manyTenants.MatchString(p.Issuer)) {
		k.add(at+".Events", "must be false: events of this provider are not supported")
	}
}

// checkIssuer requires the spelling in id_tokens, which is compared exactly.
func (p SocialProvider) checkIssuer(k *checker, key string) {
	p.checkAddress(k, key, p.Issuer, googleIssuer)
}

func (p SocialProvider) checkAddress(k *checker, key, address, like string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(address, "?# "):
		k.add(key, "must look like %s, without user, query and fragment", like)
	case u.Scheme != "https" && (u.Scheme != "http" || k.pro || !p.AllowPrivate):
		k.add(key, "must be https (or http outside pro, with AllowPrivate), is %q", address)
	case !p.AllowPrivate && isLoopback(u.Hostname()):
		k.add(key, "refers to this host: set AllowPrivate")
	}
}

// checkAuthoritative prevents a site's claim about addresses that others assign from being
// accepted as proof: an attacker who can make a site claim any address would get the
// account of its owner.
func (p SocialProvider) checkAuthoritative(k *checker, key string) {
	if len(p.Authoritative) > 0 && manyTenants.MatchString(p.Issuer) {
		k.add(key, "must be left out: each tenant of this issuer claims its own addresses")
		return
	}
	for i, domain := range p.Authoritative {
		switch at := element(key, i); {
		case domain == AuthoritativeHosted && p.Issuer != googleIssuer:
			k.add(at, "hd is for the issuer %s alone", googleIssuer)
		case domain == AuthoritativeAny && p.Issuer == googleIssuer:
			k.add(at, "must not be *: Google verifies third-party addresses only once, and they may have a new owner since; use gmail.com and hd")
		case domain != AuthoritativeAny && domain != AuthoritativeHosted && !emailDomain.MatchString(domain):
			k.add(at, "must be a domain in lower case such as gmail.com, or hd or *, is %q", domain)
		case slices.Index(p.Authoritative, domain) < i:
			k.add(at, "is given twice")
		}
	}
}

// isRedirect reports whether uri is allowed as the redirect URI of an OAuth client.
func isRedirect(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || strings.ContainsAny(uri, "*# \t\r\n") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Hostname() != ""
	case "http":
		return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	}
	return strings.Contains(u.Scheme, ".") && u.Host == ""
}
