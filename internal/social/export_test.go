package social

import "net/http"

// Through makes a provider of Options whose requests go through a transport.
func Through(o Options, s Setup, transport http.RoundTripper) (Provider, error) {
	c := newClient(o, s)
	c.transport = transport
	p, err := kinds[o.Kind](o, c)
	return &one{Provider: p, name: o.Name}, err
}
