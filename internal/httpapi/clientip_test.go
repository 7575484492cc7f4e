package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

// loopbacks are the addresses of httptest's clients.
var loopbacks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

var proxies = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("2001:db8:ffff::/48"),
	netip.MustParsePrefix("::ffff:192.168.0.0/112"),
	netip.MustParsePrefix("fe80::/10"),
}

// addressOf returns the address that an Edge determines for a request, and the one that
// go-zero's own helpers would use.
func addressOf(t testing.TB, peer string, forwarded ...string) (ip netip.Addr, header string) {
	o := options()
	o.TrustedProxies = proxies
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = peer
	r.Header["X-Forwarded-For"] = forwarded
	httpapi.New(o).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ip = reqctx.ClientFrom(r.Context()).IP
		header = strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	})).ServeHTTP(httptest.NewRecorder(), r)
	return ip, header
}

func TestClientAddress(t *testing.T) {
	tests := map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                         {"203.0.113.9:1", nil, "203.0.113.9"},
		"forged without a proxy":           {"203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		"behind a proxy":                   {"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"forged behind a proxy":            {"10.0.0.1:1", []string{"8.8.8.8, 198.51.100.1"}, "198.51.100.1"},
		"forged with a trusted address":    {"10.0.0.1:1", []string{"10.0.0.7, 198.51.100.1"}, "198.51.100.1"},
		"two proxies":                      {"10.0.0.1:1", []string{"8.8.8.8, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		"two headers":                      {"10.0.0.1:1", []string{"8.8.8.8", "198.51.100.1,10.0.0.2"}, "198.51.100.1"},
		"proxies only":                     {"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"proxy without a header":           {"10.0.0.1:1", nil, "10.0.0.1"},
		"empty header":                     {"10.0.0.1:1", []string{""}, "10.0.0.1"},
		"garbage":                          {"10.0.0.1:1", []string{"unknown"}, "10.0.0.1"},
		"garbage left of a proxy":          {"10.0.0.1:1", []string{"<script>, 10.0.0.2"}, "10.0.0.2"},
		"garbage left of the client":       {"10.0.0.1:1", []string{"<script>, 198.51.100.1"}, "198.51.100.1"},
		"empty hop":                        {"10.0.0.1:1", []string{"8.8.8.8,,10.0.0.2"}, "10.0.0.2"},
		"trailing comma":                   {"10.0.0.1:1", []string{"198.51.100.1,"}, "10.0.0.1"},
		"with a port":                      {"10.0.0.1:1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		"IPv6":                             {"[2001:db8:ffff::1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		"IPv6 in brackets":                 {"10.0.0.1:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		"IPv6 with a port":                 {"10.0.0.1:1", []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		"zone":                             {"10.0.0.1:1", []string{"2001:db8::1%eth0"}, "2001:db8::1"},
		"zoned proxy":                      {"[fe80::1%eth0]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"mapped peer":                      {"[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"mapped hop":                       {"10.0.0.1:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"mapped network":                   {"192.168.3.4:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"leading zeros are no address":     {"10.0.0.1:1", []string{"198.051.100.001"}, "10.0.0.1"},
		"a number is no address":           {"10.0.0.1:1", []string{"3325256705"}, "10.0.0.1"},
		"a peer without an address (pipe)": {"@", []string{"198.51.100.1"}, "invalid IP"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, header := addressOf(t, test.peer, test.forwarded...)
			if got.String() != test.want {
				t.Errorf("address = %s, want %s", got, test.want)
			}
			if want := strings.TrimPrefix(test.want, "invalid IP"); header != want {
				t.Errorf("X-Forwarded-For = %q below the Edge, want %q", header, want)
			}
		})
	}
}

func TestOtherForwardingHeadersAreNotBelieved(t *testing.T) {
	var got netip.Addr
	o := options()
	o.TrustedProxies = proxies
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "10.0.0.1:1"
	for _, name := range []string{"X-Real-Ip", "Forwarded", "True-Client-Ip", "X-Client-Ip", "Cf-Connecting-Ip"} {
		r.Header.Set(name, "8.8.8.8")
	}
	httpapi.New(o).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = reqctx.ClientFrom(r.Context()).IP
	})).ServeHTTP(httptest.NewRecorder(), r)
	if got.String() != "10.0.0.1" {
		t.Errorf("address = %s, want the peer's", got)
	}
}

func FuzzClientAddress(f *testing.F) {
	f.Add("203.0.113.9:1", "8.8.8.8")
	f.Add("10.0.0.1:1", "8.8.8.8, 10.0.0.2,,")
	f.Add("[::ffff:10.0.0.1]:1", "::ffff:1.2.3.4, [fe80::1%25x]:80")
	f.Add("@", "garbage")
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		got, _ := addressOf(t, peer, forwarded)
		addrPort, err := netip.ParseAddrPort(peer)
		if err != nil {
			if got.IsValid() {
				t.Errorf("peer %q, header %q: got %s, want none", peer, forwarded, got)
			}
			return
		}
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Errorf("peer %q, header %q: got %s, want a folded address", peer, forwarded, got)
		}
		self := addrPort.Addr().Unmap().WithZone("")
		if !trusted(self) && got != self {
			t.Errorf("peer %q, header %q: got %s, want the peer", peer, forwarded, got)
		}
	})
}

func trusted(addr netip.Addr) bool {
	for _, p := range []string{"10.0.0.0/8", "2001:db8:ffff::/48", "192.168.0.0/16", "fe80::/10"} {
		if netip.MustParsePrefix(p).Contains(addr) {
			return true
		}
	}
	return false
}
