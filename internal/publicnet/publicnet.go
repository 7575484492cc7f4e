// Package publicnet keeps requests to URLs that others have named out of private networks, this
// host and the metadata services of clouds.
package publicnet

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// ErrAddress means that a host is in a network to which such requests may not go.
var ErrAddress = errors.New("publicnet: the address is not public")

// global6 are the public addresses of IPv6, except for those below.
var global6 = netip.MustParsePrefix("2000::/3")

// closed are the networks of IPv4, and those inside the public range of IPv6, that are private,
// of this host or link, for cloud metadata, documentation, multicast or reserved (the
// registries of special addresses of RFC 6890 and its updates).
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
)

// embedding are the ranges of IPv6 that contain an IPv4 address, and its offset in bytes: NAT64
// (RFC 6052) and 6to4 (RFC 3056). They are as public as that address.
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

// Public reports whether an address is public.
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

// Control is the Control function of a net.Dialer that refuses to connect to an address that is
// not public. It gets the resolved address right before the connection is made, so a name that
// changes its address cannot evade it.
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
