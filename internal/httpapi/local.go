package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"user-api/internal/apperr"
)

// hidden reports whether the request is for a path of Options.Local but is not local.
func (e *Edge) hidden(r *http.Request) bool {
	for _, prefix := range e.local {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return !isLocal(r)
		}
	}
	return false
}

// isLocal reports whether the request comes from this host and addresses this host. The
// peer address decides; headers can only rule it out:
//
//   - Host, because under DNS rebinding a foreign page has the same origin as what it reads
//     here;
//   - Origin, because CORS may allow every page;
//   - proxy headers, because behind a proxy on this host the peer is the proxy.
func isLocal(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !foldAddr(peer.Addr()).IsLoopback() || !isLocalHost(r.Host) {
		return false
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || !isLocalHost(u.Host) {
			return false
		}
	}
	if r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != "" {
		return false
	}
	hops := append(r.Header.Values("X-Forwarded-For"), r.Header.Values("X-Real-Ip")...)
	for _, text := range hops {
		for hop := range strings.SplitSeq(text, ",") {
			if addr, ok := parseHop(hop); !ok || !addr.IsLoopback() {
				return false
			}
		}
	}
	return true
}

// isLocalHost reports whether host, with or without a port, is localhost or a loopback
// address.
func isLocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && foldAddr(addr).IsLoopback()
}

// answerNotFound is the handler for hidden paths.
func answerNotFound(w http.ResponseWriter, r *http.Request) {
	Error(w, r, apperr.New(apperr.NotFound))
}
