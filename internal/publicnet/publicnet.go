// Package publicnet keeps requests that others have named the address of out of private
// networks, this host and clouds' metadata.
package publicnet

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// ErrAddress is of a host that leads into a network where no such request is to go.
var ErrAddress = errors.New("publicnet: the address is not a public one")

// global6 are the public addresses of IPv6, but for those below.
var global6 = netip.MustParsePrefix("2000::/3")

// closed are the networks inside the public ranges, and those of IPv4, that are private,
// of this host, of this link, of clouds' metadata, for documentation, for many, or for
// nobody (the registries of special addresses of RFC 6890 and its updates).
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
)

// embedding are the ranges of IPv6 with an address of IPv4 inside, and at which byte:
// NAT64 (RFC 6052) and 6to4 (RFC 3056). They lead where that one does.
var embedding = []struct {
	netip.Prefix
	at int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
}

func prefixes(list ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range list {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// Public reports whether an address is one that anybody may be asked to call.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if a.Zone() != "" {
		return false
	}
	for _, e := range embedding {
		if e.Contains(a) {
			raw := a.As16()
			return Public(netip.AddrFrom4([4]byte(raw[e.at : e.at+4])))
		}
	}
	if a.Is6() && !global6.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(closed, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Control refuses to connect to what is not public, as the Control of a net.Dialer. It is asked with the address that
// the name has led to, right before the connection is made: a name that leads elsewhere
// the next moment gains nothing.
func Control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return ErrAddress
	}
	a, err := netip.ParseAddr(host)
	if err != nil || !Public(a) {
		return ErrAddress
	}
	return nil
}
