package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

const (
	// localhost is the only domain without TLS that browsers take for passkeys.
	localhost = "localhost"
	// maxRelated is far more origins than browsers look at.
	maxRelated = 50
)

var (
	// passkeyDomain is a domain of names, which an address is not.
	passkeyDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	// androidOrigin is the origin of an Android app: the SHA-256 of its signing certificate.
	androidOrigin = regexp.MustCompile(`^android:apk-key-hash:[A-Za-z0-9_-]{43}$`)
)

// Passkeys are about passkeys (WebAuthn).
type Passkeys struct {
	// RpId is the domain that passkeys are for; empty means none in pro, and localhost
	// outside it. Passkeys of one domain are none of another.
	RpId string `json:",optional"`
	// RpName is what a browser shows for it.
	RpName string `json:",default=user-api"`
	// Origins are the pages of the domain, and the Android apps, that may ask for passkeys;
	// empty means the domain itself, and outside pro this service on localhost.
	Origins []string `json:",optional"`
	// Related are the pages of other domains that may as well.
	Related []string `json:",optional"`
}

// Party are the keys of passkeys, with what is left out filled in; ok is false where there
// are none.
func (c Config) Party() (p Passkeys, ok bool) {
	p = c.Passkeys
	scheme := "https"
	if p.RpId == "" {
		if c.Mode == ModePro {
			return Passkeys{}, false
		}
		p.RpId = localhost
	}
	if len(p.Origins) == 0 && p.RpId == localhost {
		if c.CertFile == "" {
			scheme = "http"
		}
		p.Origins = []string{fmt.Sprintf("%s://%s:%d", scheme, localhost, c.Port)}
	} else if len(p.Origins) == 0 {
		p.Origins = []string{scheme + "://" + p.RpId}
	}
	return p, true
}

// Covers reports whether a page of a host may ask for passkeys of the domain.
func (p Passkeys) Covers(host string) bool {
	return host == p.RpId || strings.HasSuffix(host, "."+p.RpId)
}

func (c Config) checkPasskeys(k *checker) {
	p := c.Passkeys
	if p.RpName == "" || len(p.RpName) > 64 {
		k.add("Passkeys.RpName", "must have 1 to 64 characters, has %d", len(p.RpName))
	}
	switch {
	case p.RpId == "" && k.pro:
		if len(p.Origins)+len(p.Related) > 0 {
			k.add("Passkeys.RpId", "must be given beside Origins and Related: without it there are no passkeys in pro")
		}
		return
	case p.RpId != "" && (len(p.RpId) > 253 || !passkeyDomain.MatchString(p.RpId)):
		k.add("Passkeys.RpId", "must be a domain as example.com, in lower case, without scheme, port and path, and no address, is %q", p.RpId)
		return
	case p.RpId == localhost && k.pro:
		k.add("Passkeys.RpId", "must not be localhost in pro: nobody else has pages there")
	}
	p, _ = c.Party()
	for i, origin := range c.Passkeys.Origins {
		key := element("Passkeys.Origins", i)
		if !androidOrigin.MatchString(origin) && k.passkeyPage(key, origin) && !p.Covers(hostOf(origin)) {
			k.add(key, "must be of %s or below it, or stand in Passkeys.Related, is %q", p.RpId, origin)
		}
	}
	if len(p.Related) > maxRelated {
		k.add("Passkeys.Related", "must have at most %d elements, has %d", maxRelated, len(p.Related))
	}
	for i, origin := range p.Related {
		key := element("Passkeys.Related", i)
		if k.passkeyPage(key, origin) && p.Covers(hostOf(origin)) {
			k.add(key, "must be of another domain than %s, or stand in Passkeys.Origins, is %q", p.RpId, origin)
		}
	}
}

// passkeyPage reports whether an origin is that of a page to which browsers give passkeys.
func (k *checker) passkeyPage(key, origin string) bool {
	switch {
	case !isOrigin(origin):
		k.add(key, "must be an exact origin as https://login.example.com, in lower case, without path and default port, is %q", origin)
	case strings.HasPrefix(origin, "https://"):
		return true
	case !strings.HasPrefix(origin, "http://") || !isLocalhost(hostOf(origin)) || k.pro:
		k.add(key, "must be https (http only on localhost, outside pro), is %q", origin)
	default:
		return true
	}
	return false
}

// isLocalhost reports whether browsers take a name for this host, and need no TLS there.
func isLocalhost(host string) bool {
	return host == localhost || strings.HasSuffix(host, "."+localhost)
}

// hostOf is the host of an origin, without the port.
func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
