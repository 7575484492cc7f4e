package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

const (
	// localhost is the only domain for which browsers allow passkeys without TLS.
	localhost = "localhost"
	// maxRelated is far more than browsers evaluate.
	maxRelated = 50
)

var (
	// passkeyDomain matches a domain name, not an IP address.
	passkeyDomain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	// androidOrigin matches the origin of an Android app: the SHA-256 of its signing
	// certificate.
	androidOrigin = regexp.MustCompile(`^android:apk-key-hash:[A-Za-z0-9_-]{43}$`)
)

// Passkeys configures passkeys (WebAuthn).
type Passkeys struct {
	// RpId is the domain of the passkeys; empty disables passkeys in pro, and means
	// localhost otherwise. Passkeys do not carry over to another domain.
	RpId string `json:",optional"`
	// RpName is the name that browsers display.
	RpName string `json:",default=user-api"`
	// Origins lists the pages of the domain and the Android apps that may use passkeys;
	// empty means the domain itself, or outside pro this service on localhost.
	Origins []string `json:",optional"`
	// Related lists origins of other domains that may use them too.
	Related []string `json:",optional"`
}

// RelyingParty returns Passkeys with its defaults filled in; ok is false if passkeys are
// disabled.
func (c Config) RelyingParty() (p Passkeys, ok bool) {
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

// Covers reports whether pages of host may use passkeys of the domain.
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
			k.add("Passkeys.RpId", "must be given with Origins and Related: without it, passkeys are disabled in pro")
		}
		return
	case p.RpId != "" && (len(p.RpId) > 253 || !passkeyDomain.MatchString(p.RpId)):
		k.add("Passkeys.RpId", "must be a domain such as example.com, in lower case, without scheme, port and path, and not an IP address, is %q", p.RpId)
		return
	case p.RpId == localhost && k.pro:
		k.add("Passkeys.RpId", "must not be localhost in pro")
	}
	p, _ = c.RelyingParty()
	for i, origin := range c.Passkeys.Origins {
		key := element("Passkeys.Origins", i)
		if !androidOrigin.MatchString(origin) && k.passkeyPage(key, origin) && !p.Covers(hostOf(origin)) {
			k.add(key, "must be %s or a subdomain of it, or be listed in Passkeys.Related, is %q", p.RpId, origin)
		}
	}
	if len(p.Related) > maxRelated {
		k.add("Passkeys.Related", "must have at most %d elements, has %d", maxRelated, len(p.Related))
	}
	for i, origin := range p.Related {
		key := element("Passkeys.Related", i)
		if k.passkeyPage(key, origin) && p.Covers(hostOf(origin)) {
			k.add(key, "must be on a domain other than %s, or be listed in Passkeys.Origins, is %q", p.RpId, origin)
		}
	}
}

// passkeyPage reports whether browsers allow passkeys for pages of origin, and adds a
// problem if not.
func (k *checker) passkeyPage(key, origin string) bool {
	switch {
	case !isOrigin(origin):
		k.add(key, "must be an exact origin such as https://login.example.com, in lower case, without path and default port, is %q", origin)
	case strings.HasPrefix(origin, "https://"):
		return true
	case !strings.HasPrefix(origin, "http://") || !isLocalhost(hostOf(origin)) || k.pro:
		k.add(key, "must be https (http only on localhost, outside pro), is %q", origin)
	default:
		return true
	}
	return false
}

// isLocalhost reports whether browsers resolve a name to this host and do not require TLS.
func isLocalhost(host string) bool {
	return host == localhost || strings.HasSuffix(host, "."+localhost)
}

// hostOf returns the host of an origin, without the port.
func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
