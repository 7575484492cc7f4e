package config

import (
	"net/netip"
	"slices"
)

// How wide a network may be in pro, as the length of its prefix. A /8 is the widest
// private network of IPv4 and all that one owner was ever given; a /16 of IPv6 is
// wider than what any operator holds.
const (
	widest4 = 8
	widest6 = 16
	// publicShare is which part of the public addresses of a family a list may cover
	// in all. The ranges of the largest clouds together stay below it.
	publicShare = 1.0 / 16
	// public6 is which part of all IPv6 addresses is public, 2000::/3.
	public6 = 1.0 / 8
)

// private are networks that nobody reaches from the Internet; lists may have them
// whole.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

// networks checks a list of CIDRs. In pro it must not be the whole Internet, neither
// by one entry nor by all together; because says what would be lost.
func (k *checker) networks(key string, list []string, like, because string) {
	var all []netip.Prefix
	wide := false
	for i, cidr := range list {
		p, err := netip.ParsePrefix(cidr)
		switch at := element(key, i); {
		case err != nil || p.Addr().Is4In6():
			k.add(at, "must be a network as %s, is %q", like, cidr)
		case k.pro && isWide(p):
			wide = true
			k.add(at, "must not be wider than a /%d of IPv4 or a /%d of IPv6 in pro: %s", widest4, widest6, because)
		default:
			all = append(all, p.Masked())
		}
	}
	if k.pro && !wide && coversInternet(all) {
		k.add(key, "must not cover more than a sixteenth of the Internet in pro: %s", because)
	}
}

func isWide(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < widest4
	}
	return p.Bits() < widest6 && !isPrivate(p)
}

func isPrivate(p netip.Prefix) bool {
	return slices.ContainsFunc(private, func(net netip.Prefix) bool {
		return net.Bits() <= p.Bits() && net.Contains(p.Addr())
	})
}

// coversInternet adds up the public networks of the list, each address once.
func coversInternet(list []netip.Prefix) bool {
	var share4, share6 float64
	widestFirst := slices.SortedFunc(slices.Values(list), func(a, b netip.Prefix) int { return a.Bits() - b.Bits() })
	for i, p := range widestFirst {
		within := slices.ContainsFunc(widestFirst[:i], func(wider netip.Prefix) bool { return wider.Contains(p.Addr()) })
		switch {
		case within || isPrivate(p):
		case p.Addr().Is4():
			share4 += part(p.Bits())
		default:
			share6 += part(p.Bits())
		}
	}
	return share4 > publicShare || share6 > publicShare*public6
}

// part is which part of its family's addresses a prefix of so many bits is.
func part(bits int) float64 {
	share := 1.0
	for range bits {
		share /= 2
	}
	return share
}
