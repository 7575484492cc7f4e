package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
)

// foldPrefixes converts networks of IPv4-mapped IPv6 addresses to IPv4, the form in which
// addresses are compared.
func foldPrefixes(prefixes []netip.Prefix) []netip.Prefix {
	folded := make([]netip.Prefix, 0, len(prefixes))
	for _, p := range prefixes {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		folded = append(folded, p.Masked())
	}
	return folded
}

// peerOf returns the remote address of the connection, or the zero Addr if it has no IP.
func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return foldAddr(peer.Addr())
}

// clientIP returns the peer or, behind trusted proxies, the right-most hop of
// X-Forwarded-For that is not one of them. The client may have forged everything to the
// left of that hop.
func (e *Edge) clientIP(r *http.Request, peer netip.Addr) netip.Addr {
	client := peer
	hops := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	for e.trusted(client) && hops != "" {
		cut := strings.LastIndexByte(hops, ',')
		hop, ok := parseHop(hops[cut+1:])
		if !ok {
			break
		}
		client, hops = hop, hops[:max(cut, 0)]
	}
	return client
}

func (e *Edge) trusted(addr netip.Addr) bool {
	for _, p := range e.proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// parseHop parses an address as proxies write it: bare, in brackets, or with a port.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return foldAddr(withPort.Addr()), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(text)
	return foldAddr(addr), err == nil
}

// foldAddr normalizes an address: no IPv4-mapped IPv6, no zone.
func foldAddr(addr netip.Addr) netip.Addr {
	return addr.Unmap().WithZone("")
}
