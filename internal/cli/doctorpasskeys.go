package cli

import (
	"net/url"
	"slices"
	"strings"
)

// passkeys reports which pages may use passkeys, and sign-in pages that may not.
func (d *doctor) passkeys() {
	const about = "passkeys"
	party, ok := d.RelyingParty()
	if !ok {
		d.ok(about, "off: Passkeys.RpId is not set")
		return
	}
	pages := slices.Concat(party.Origins, party.Related)
	d.ok(about, "%s, on the pages %s", party.RpId, strings.Join(pages, ", "))
	if len(party.Related) > 0 {
		d.warn(about, "browsers request https://%s/.well-known/webauthn to allow pages of other domains: route that path to this service", party.RpId)
	}
	issuer, err := url.Parse(d.Auth.Issuer)
	if err != nil || issuer.Host == "" {
		return // the issuer has no page
	}
	switch page := issuer.Scheme + "://" + issuer.Host; {
	case slices.Contains(pages, page):
	case party.Covers(issuer.Hostname()):
		d.warn(about, "the page of Auth.Issuer, %s, is not in Passkeys.Origins: passkeys do not work there", page)
	default:
		d.warn(about, "the page of Auth.Issuer, %s, is not on %s, and passkeys do not work across domains", page, party.RpId)
	}
}
