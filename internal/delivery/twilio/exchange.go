package twilio

import (
	"context"
	"net/http"
	"net/url"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// exchange is the RoundTripper of one Send. It aims the request at the base
// URL, bounds it by ctx, and classifies what comes back.
type exchange struct {
	ctx       context.Context
	base      *url.URL
	transport http.RoundTripper

	// asked is set once the transport was used, failure unless it gave a 2xx.
	asked   bool
	failure *delivery.SendError
}

// RoundTrip implements http.RoundTripper. The body it returns is in memory.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	x.asked = true
	r = r.Clone(x.ctx)
	r.URL.Scheme, r.URL.Host, r.Host = x.base.Scheme, x.base.Host, x.base.Host
	r.URL.Path = x.base.Path + r.URL.Path

	resp, body, failure := wire.Exchange(x.transport, r)
	if x.failure = failure; failure != nil {
		return nil, failure
	}
	if resp.StatusCode/100 != 2 {
		x.failure = classify(resp.StatusCode, resp.Header, body)
	}
	return resp, nil
}
