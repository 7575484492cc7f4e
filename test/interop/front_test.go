package interop

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// front is a balancer that knows no sessions: the service's address to the world, and
// so its issuer, which is known before any node has a port.
type front struct {
	URL   string
	nodes atomic.Pointer[[]*url.URL]
	turn  atomic.Int64
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		nodes := *f.nodes.Load()
		r.SetURL(nodes[f.turn.Add(1)%int64(len(nodes))])
		r.Out.Host = r.In.Host
	}}
	server := httptest.NewServer(http.HandlerFunc(proxy.ServeHTTP))
	t.Cleanup(server.Close)
	f.URL = server.URL
	return f
}

// to sets the nodes behind it.
func (f *front) to(t *testing.T, addrs ...string) {
	t.Helper()
	nodes := make([]*url.URL, 0, len(addrs))
	for _, addr := range addrs {
		node, err := url.Parse(addr)
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, node)
	}
	f.nodes.Store(&nodes)
}
