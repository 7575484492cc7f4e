package social

import "net/http"

// Through returns a provider whose requests use transport.
func Through(o Options, s Setup, transport http.RoundTripper) (Provider, error) {
	c := newClient(o, s)
	c.transport = transport
	p, err := kinds[o.Kind](o, c)
	return &instrumented{Provider: p, name: o.Name}, err
}
