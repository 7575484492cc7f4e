package twilio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"user-api/internal/delivery"
)

// maxAnswer bounds the body read of an answer; a real one has about 1 KiB.
const maxAnswer = 64 << 10

// reasons names what is known of Twilio's error codes; each of them is
// Permanent. The rest follows the HTTP status.
var reasons = map[int]string{
	20003: delivery.ReasonCredentials, // authentication failed
	20005: delivery.ReasonCredentials, // account not active
	21211: delivery.ReasonNumber,      // invalid To
	21212: delivery.ReasonSender,      // invalid From
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
	// The trace may be called by the transport's own goroutines.
	var connected atomic.Bool
	ctx := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	r = r.Clone(ctx)
	r.URL.Scheme, r.URL.Host, r.Host = x.base.Scheme, x.base.Host, x.base.Host
	r.URL.Path = x.base.Path + r.URL.Path

	resp, err := x.transport.RoundTrip(r)
	if err != nil {
		x.failure = classifyError(err, connected.Load())
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.StatusCode/100 != 2 {
		x.failure = classify(resp.StatusCode, resp.Header, body)
	} else if err != nil {
		x.failure = classifyError(err, true)
	}
	return resp, nil
}

// classifyError judges an exchange without an answer. Once there was a
// connection, anything may have gone over it; the text of such an error may
// quote the provider, so it is dropped.
func classifyError(err error, connected bool) *delivery.SendError {
	if !connected {
		return delivery.NewSendError(delivery.Retryable, delivery.ReasonUnreachable, err)
	}
	var timeout net.Error
	if errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout() {
		return &delivery.SendError{Class: delivery.Ambiguous, Reason: delivery.ReasonTimeout}
	}
	return &delivery.SendError{Class: delivery.Ambiguous, Reason: delivery.ReasonConnection}
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
		e.Class, e.Reason, e.RetryAfter = delivery.Retryable, delivery.ReasonRateLimited, retryAfter(header)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Class, e.Reason = delivery.Permanent, delivery.ReasonCredentials
	default:
		e.Class, e.Reason = delivery.Permanent, delivery.ReasonRejected
	}
	return e
}

// refusedAtBirth finds the messages that were created only to have failed.
func refusedAtBirth(m *openapi.ApiV2010Message) error {
	if m.Status == nil || *m.Status != "failed" && *m.Status != "undelivered" && *m.Status != "canceled" {
		return nil
	}
	e := &delivery.SendError{Class: delivery.Permanent, Reason: delivery.ReasonRejected}
	if m.ErrorCode != nil {
		e.Code = *m.ErrorCode
	}
	if known, ok := reasons[e.Code]; ok {
		e.Reason = known
	}
	return e
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3), seconds or a date;
// a date is taken relative to the answer's own Date, so that no clock of ours
// is in it. What cannot be read is 0.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, at.Sub(date))
}
