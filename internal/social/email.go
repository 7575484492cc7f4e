package social

import (
	"slices"
	"strings"

	"user-api/internal/address"
)

// Special values in Options.Authoritative.
const (
	// AnyDomain stands for every domain: the provider is trusted for all addresses.
	AnyDomain = "*"
	// HostedDomain stands for the domain of a Google Workspace organization, given in the claim hd.
	HostedDomain = "hd"
)

// parseEmail returns the address reported by a provider, or zero if it is invalid, and whether it
// is proven: the provider has verified it and is authoritative for it. Statements of other
// providers may have been true only when they checked.
func parseEmail(text string, verified bool, hosted string, authoritative []string) (addr address.Address, proven bool) {
	addr, err := address.ParseEmail(text)
	if err != nil {
		return address.Address{}, false
	}
	_, domain, _ := strings.Cut(addr.Canonical(), "@")
	authoritativeFor := slices.Contains(authoritative, AnyDomain) || slices.Contains(authoritative, domain) ||
		slices.Contains(authoritative, HostedDomain) && strings.EqualFold(hosted, domain)
	return addr, verified && authoritativeFor
}
