package twilio

import (
	"context"
	"net/http"
	"net/url"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// exchange is the RoundTripper of one Send. It directs the request to the base URL, bounds it by
// ctx, and classifies the answer.
type exchange struct {
	ctx       context.Context
	base      *url.URL
	transport http.RoundTripper

	// asked is set once the transport was used; failure is set unless the answer was a 2xx.
	asked   bool
	failure *delivery.SendError
}

// RoundTrip implements http.RoundTripper. The returned body is in memory.
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
