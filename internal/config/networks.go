package config

import (
	"net/netip"
	"slices"
)

// Limits for networks in pro, as prefix lengths. A /8 is the largest private IPv4 network
// and the largest block ever assigned to one owner; an IPv6 /16 is larger than what any
// operator holds.
const (
	widest4 = 8
	widest6 = 16
	// publicShare is the share of the public addresses of a family that a list may cover in
	// total. The ranges of the largest clouds together stay below it.
	publicShare = 1.0 / 16
	// public6 is the share of IPv6 addresses that is public, 2000::/3.
	public6 = 1.0 / 8
)

// private lists networks that are unreachable from the Internet; lists may contain them
// whole.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

// networks validates a list of CIDRs. In pro neither a single entry nor the whole list may
// cover the Internet; because is the reason in the message.
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

// coversInternet reports whether the public networks of the list cover too large a share,
// with each address counted once.
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

// part returns the share of its address family that a prefix of the given length covers.
func part(bits int) float64 {
	share := 1.0
	for range bits {
		share /= 2
	}
	return share
}
