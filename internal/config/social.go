package config

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The kinds of providers.
const (
	SocialLine   = "line"
	SocialOAuth2 = "oauth2"
	SocialOIDC   = "oidc"
	SocialWeChat = "wechat"
)

// Words in SocialProvider.Authoritative.
const (
	// AuthoritativeAny stands for every domain.
	AuthoritativeAny = "*"
	// AuthoritativeHosted stands for the domains of Google's own customers.
	AuthoritativeHosted = "hd"
)

const (
	googleIssuer    = "https://accounts.google.com"
	microsoftPrefix = "https://login.microsoftonline.com/"
)

// SocialKinds are how providers of social sign-in work.
var SocialKinds = []string{SocialLine, SocialOAuth2, SocialOIDC, SocialWeChat}

var (
	emailDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)
	scopeForm   = regexp.MustCompile(`^[!#-\[\]-~]{1,128}$`)
	clientForm  = regexp.MustCompile(`^[!-~]{1,255}$`)
	// manyTenants are the issuers of Microsoft whose tenants all administer their own
	// addresses.
	manyTenants = regexp.MustCompile("^" + regexp.QuoteMeta(microsoftPrefix) + "(common|organizations|consumers)(/|$)")
)

type (
	// Social is about signing in by other sites.
	Social struct {
		// Providers are these sites.
		Providers []SocialProvider `json:",optional"`
		// Redirects are the addresses of apps and pages to which a browser may come back,
		// compared letter by letter.
		Redirects []string `json:",optional"`
	}

	// SocialProvider is a site by which users sign in.
	SocialProvider struct {
		// Name is what routes, links and metrics call it. Who is linked to a site is linked to
		// this name.
		Name string
		// Kind is one of SocialKinds.
		Kind string
		// Issuer is the iss of its id_tokens, and where its discovery is.
		Issuer string `json:",optional"`
		// ClientId is who the service is there. It may be left out for a mini program alone.
		ClientId string `json:",optional"`
		// ClientSecret goes with it; empty for a client that has none. Its variable ends in
		// the name of the provider, as SOCIAL_SECRET_GOOGLE.
		ClientSecret string `json:",optional,env=SOCIAL_SECRET"`
		// Audiences are further clients, of apps, whose id_tokens are taken.
		Audiences []string `json:",optional"`
		// Authoritative are the domains of addresses that the provider itself gives out;
		// empty means none.
		Authoritative []string `json:",optional"`
		// Scopes are what is asked for; empty means openid, email and profile of oidc and
		// line, and what the provider gives unasked of oauth2.
		Scopes []string `json:",optional"`
		// Apple signs the client secret, in the place of a fixed one.
		Apple SocialApple `json:",optional"`
		// Userinfo is of the kind oauth2.
		Userinfo SocialUserinfo `json:",optional"`
		// MiniAppId is the mini program of the kind wechat.
		MiniAppId string `json:",optional"`
		// MiniSecret goes with it. Its variable ends in the name of the provider.
		MiniSecret string `json:",optional,env=SOCIAL_MINI_SECRET"`
		// OpenIds takes people of WeChat without a union id by their open id.
		OpenIds bool `json:",optional"`
		// BaseUrl is where the kinds line and wechat are asked, in the place of the usual host.
		BaseUrl string `json:",optional"`
		// Events has the provider listened to where it tells of accounts there.
		Events bool `json:",optional"`
		// AllowPrivate lets the provider be in a private network, or on this host.
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
		k.add(at+".Events", "must be false: no event of this site can be read")
	}
}

// checkIssuer demands the spelling that stands in id_tokens, which is compared letter by
// letter.
func (p SocialProvider) checkIssuer(k *checker, key string) {
	p.checkAddress(k, key, p.Issuer, googleIssuer)
}

func (p SocialProvider) checkAddress(k *checker, key, address, like string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(address, "?# "):
		k.add(key, "must be as %s, without user, query and fragment", like)
	case u.Scheme != "https" && (u.Scheme != "http" || k.pro || !p.AllowPrivate):
		k.add(key, "must be https (http outside pro, with AllowPrivate), is %q", address)
	case !p.AllowPrivate && isLoopback(u.Hostname()):
		k.add(key, "leads to this host: set AllowPrivate")
	}
}

// checkAuthoritative keeps the word of a site for addresses that others give out from
// being taken for a proof: whoever can have a site say any address would get the account
// of its owner.
func (p SocialProvider) checkAuthoritative(k *checker, key string) {
	if len(p.Authoritative) > 0 && manyTenants.MatchString(p.Issuer) {
		k.add(key, "must be left out: each tenant of this issuer says of itself which addresses it has")
		return
	}
	for i, domain := range p.Authoritative {
		switch at := element(key, i); {
		case domain == AuthoritativeHosted && p.Issuer != googleIssuer:
			k.add(at, "hd is for the issuer %s alone", googleIssuer)
		case domain == AuthoritativeAny && p.Issuer == googleIssuer:
			k.add(at, "must not be *: Google verifies addresses of others once, and whoever has one today may be another person; use gmail.com and hd")
		case domain != AuthoritativeAny && domain != AuthoritativeHosted && !emailDomain.MatchString(domain):
			k.add(at, "must be a domain in lower case, as gmail.com, hd or *, is %q", domain)
		case slices.Index(p.Authoritative, domain) < i:
			k.add(at, "is given twice")
		}
	}
}

// isRedirect takes what a redirect URI of an OAuth client may be.
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
