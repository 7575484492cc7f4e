package social

import (
	"slices"
	"strings"

	"user-api/internal/address"
)

// Words in Authoritative.
const (
	// AnyDomain stands for every domain: whatever address the provider has verified.
	AnyDomain = "*"
	// HostedDomain stands for the domain that Google runs for an organisation, as it says in
	// the claim hd.
	HostedDomain = "hd"
)

// readEmail is the address that a provider told, zero if it is none, and whether it is
// proven by that: the provider has verified it, and is who decides whose it is. What others
// say of an address may have been true when they looked.
func readEmail(told string, verified bool, hosted string, authoritative []string) (addr address.Address, proven bool) {
	addr, err := address.ParseEmail(told)
	if err != nil {
		return address.Address{}, false
	}
	_, domain, _ := strings.Cut(addr.Canonical(), "@")
	speaks := slices.Contains(authoritative, AnyDomain) || slices.Contains(authoritative, domain) ||
		slices.Contains(authoritative, HostedDomain) && strings.EqualFold(hosted, domain)
	return addr, verified && speaks
}
