package cli

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"user-api/internal/config"
)

// longestString is the maximum length of one string in a TXT record.
const longestString = 255

// Resolver looks up TXT records, as *net.Resolver does.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// mailRecords checks the DNS records for email and prints what is missing.
func (d *doctor) mailRecords(ctx context.Context) {
	domain := d.Email.Smtp.Domain()
	if d.Email.Provider != config.ProviderSmtp || domain == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	d.spf(ctx, domain)
	d.dkim(ctx, domain)
	d.dmarc(ctx, domain)
}

func (d *doctor) spf(ctx context.Context, domain string) {
	const about = "SPF"
	found, err := d.records(ctx, domain, "v=spf1")
	switch {
	case err != nil:
		d.warn(about, "%s was not looked up: %v", domain, err)
	case len(found) == 0:
		d.warn(about, "%s does not declare its senders: add the record, with the include: of your mail provider if it has one\n%s",
			domain, record(domain, "v=spf1 "+mechanism(d.Email.Smtp.Host)+" ~all"))
	case len(found) > 1:
		d.warn(about, "%s has %d records, which makes all invalid: merge them into one", domain, len(found))
	case slices.ContainsFunc(strings.Fields(found[0])[1:], func(term string) bool { return term == "all" || term == "+all" }):
		d.warn(about, "%s allows anyone to send for it: end the record with ~all or -all", domain)
	default:
		d.ok(about, "%s declares its senders", domain)
	}
}

// mechanism returns the SPF term for a server.
func mechanism(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() {
		return "ip4:" + host
	}
	return "a:" + host
}

// dkim compares the published key with the signing key.
func (d *doctor) dkim(ctx context.Context, domain string) {
	const about = "DKIM"
	signs := d.Email.Dkim
	if !signs.Signs() {
		d.warn(about, "mail is not signed here: make sure that %s signs for %s, or set Email.Dkim", d.Email.Smtp.Host, domain)
		return
	}
	key, err := signs.PrivateKey()
	if err != nil {
		return // the configuration check reports it
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		d.fail(about, "the public key cannot be derived from Email.Dkim.Key")
		return
	}
	name, published := signs.Selector+"._domainkey."+signs.Domain, base64.StdEncoding.EncodeToString(public)
	found, err := d.records(ctx, name, "")
	found = slices.DeleteFunc(found, func(text string) bool { _, has := tag(text, "p"); return !has })
	add := record(name, "v=DKIM1; k=rsa; p="+published)
	switch {
	case err != nil:
		d.warn(about, "%s was not looked up: %v", name, err)
	case len(found) == 0:
		d.fail(about, "receivers find no key at %s, so every signature fails: add the record\n%s", name, add)
	case len(found) > 1:
		d.fail(about, "%s has %d keys, which makes all invalid: keep only this record\n%s", name, len(found), add)
	default:
		if p, _ := tag(found[0], "p"); strings.Join(strings.Fields(p), "") != published {
			d.fail(about, "the key at %s differs from Email.Dkim.Key: replace it with this record, or choose another selector\n%s", name, add)
			return
		}
		d.ok(about, "%s has the signing key", name)
	}
}

// dmarc checks the domain and then its registered domain (RFC 7489 section 6.6.3).
func (d *doctor) dmarc(ctx context.Context, domain string) {
	const about = "DMARC"
	registered, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		registered = domain
	}
	for _, at := range slices.Compact([]string{domain, registered}) {
		found, err := d.records(ctx, "_dmarc."+at, "v=DMARC1")
		switch {
		case err != nil:
			d.warn(about, "_dmarc.%s was not looked up: %v", at, err)
			return
		case len(found) > 1:
			d.warn(about, "_dmarc.%s has %d records, which makes all invalid: keep one", at, len(found))
			return
		case len(found) == 1:
			policy, _ := tag(found[0], "p")
			d.ok(about, "_dmarc.%s has the policy %s for mail that fails SPF and DKIM", at, policy)
			return
		}
	}
	d.warn(about, "%s has no policy for mail that fails SPF and DKIM: add the record\n%s",
		domain, record("_dmarc."+registered, "v=DMARC1; p=none; rua=mailto:postmaster@"+registered))
}

// records returns the TXT records of a name that begin with the version.
func (d *doctor) records(ctx context.Context, name, version string) ([]string, error) {
	found, err := d.dns.LookupTXT(ctx, name+".") // fully qualified, without this host's search domains
	if missing, ok := errors.AsType[*net.DNSError](err); ok && missing.IsNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(found), func(text string) bool {
		first, _, _ := strings.Cut(text, ";")
		word := strings.Fields(first)
		return version != "" && (len(word) == 0 || !strings.EqualFold(strings.Join(word[:1], ""), version))
	}), nil
}

// tag returns the value of a tag in a list such as "v=DKIM1; p=…" (RFC 6376 section 3.2).
func tag(text, name string) (value string, has bool) {
	for entry := range strings.SplitSeq(text, ";") {
		key, value, found := strings.Cut(entry, "=")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// record returns a line of a zone file. A long text consists of several strings, which
// readers join.
func record(name, text string) string {
	var parts []string
	for len(text) > longestString {
		parts, text = append(parts, text[:longestString]), text[longestString:]
	}
	return name + `. IN TXT "` + strings.Join(append(parts, text), `" "`) + `"`
}
