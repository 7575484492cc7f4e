package twilio

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
)

// reasons names what is known of Twilio's error codes; each of them is
// Permanent. The rest follows the HTTP status.
var reasons = map[int]string{
	20003: delivery.ReasonCredentials, // authentication failed
	20005: delivery.ReasonCredentials, // account not active
	21210: delivery.ReasonSender,      // From may not call
	21211: delivery.ReasonNumber,      // invalid To
	21212: delivery.ReasonSender,      // invalid From
	21215: delivery.ReasonRegion,      // no permission to call the region
	21219: delivery.ReasonSender,      // a trial account calls verified numbers only
	21408: delivery.ReasonRegion,      // no permission for the region
	21606: delivery.ReasonSender,      // From cannot send to this To
	21608: delivery.ReasonSender,      // a trial account sends to verified numbers only
	21610: delivery.ReasonOptedOut,    // the recipient answered STOP
	21612: delivery.ReasonRoute,       // no route from From to To
	21614: delivery.ReasonNotMobile,   // To cannot receive text messages
	30005: delivery.ReasonNumber,      // unknown handset
	30006: delivery.ReasonNotMobile,   // landline
	30034: delivery.ReasonSender,      // unregistered A2P 10DLC number
	30450: delivery.ReasonBlocked,     // pumping protection
	63007: delivery.ReasonSender,      // From is no WhatsApp sender of the account
}

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

// classify judges an answer that is no 2xx. The body need not be JSON.
func classify(status int, header http.Header, body []byte) *delivery.SendError {
	var answer struct {
		Code int `json:"code"`
	}
	if json.Unmarshal(body, &answer) != nil {
		answer.Code = 0
	}
	e := &delivery.SendError{Class: delivery.Ambiguous, Reason: delivery.ReasonUnreadable, Code: answer.Code}
	known, isKnown := reasons[answer.Code]
	switch {
	case status >= 500:
		e.Reason = delivery.ReasonProvider
	case status < 400:
	case isKnown:
		e.Class, e.Reason = delivery.Permanent, known
	case status == http.StatusTooManyRequests:
		e.Class, e.Reason, e.RetryAfter = delivery.Retryable, delivery.ReasonRateLimited, wire.RetryAfter(header)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Class, e.Reason = delivery.Permanent, delivery.ReasonCredentials
	default:
		e.Class, e.Reason = delivery.Permanent, delivery.ReasonRejected
	}
	return e
}

// refusedAtBirth finds the messages and calls that were created only to have
// failed.
func refusedAtBirth(status *string, code *int) error {
	if status == nil || *status != "failed" && *status != "undelivered" && *status != "canceled" {
		return nil
	}
	e := &delivery.SendError{Class: delivery.Permanent, Reason: delivery.ReasonRejected}
	if code != nil {
		e.Code = *code
	}
	if known, ok := reasons[e.Code]; ok {
		e.Reason = known
	}
	return e
}
