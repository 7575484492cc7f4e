package cli

import (
	"net/url"
	"slices"
	"strings"
)

// passkeys says for which pages they are, and which pages that sign people in have none.
func (d *doctor) passkeys() {
	const about = "passkeys"
	party, ok := d.Party()
	if !ok {
		d.ok(about, "off: Passkeys.RpId is not set")
		return
	}
	pages := slices.Concat(party.Origins, party.Related)
	d.ok(about, "of %s, for %s", party.RpId, strings.Join(pages, ", "))
	if len(party.Related) > 0 {
		d.warn(about, "browsers read at https://%s/.well-known/webauthn that pages of other domains may use them: that path must lead to this service", party.RpId)
	}
	issuer, err := url.Parse(d.Auth.Issuer)
	if err != nil || issuer.Host == "" {
		return // it has no page
	}
	switch page := issuer.Scheme + "://" + issuer.Host; {
	case slices.Contains(pages, page):
	case party.Covers(issuer.Hostname()):
		d.warn(about, "the page of Auth.Issuer, %s, is not in Passkeys.Origins: nobody signs in by passkey there", page)
	default:
		d.warn(about, "the page of Auth.Issuer, %s, is not of %s, and a passkey of one domain is none of another", page, party.RpId)
	}
}
