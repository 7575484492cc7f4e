// Package wire is what senders that speak HTTP share: a transport that repeats no
// request on its own, and the judgement of an exchange that brought no answer.
package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"user-api/internal/delivery"
)

const (
	// maxAnswer bounds the body read of an answer; real ones have about 1 KiB.
	maxAnswer      = 64 << 10
	connectTimeout = 5 * time.Second
	// idleTimeout is well below that of usual load balancers (60 s): a request
	// on a connection that the server is just closing ends Ambiguous.
	idleTimeout = 20 * time.Second
	idleConns   = 64
)

// NewTransport speaks HTTP/1.1 alone: over HTTP/2 net/http repeats a POST on its
// own after some stream errors. Nor may a request have the header
// Idempotency-Key, by which net/http takes it for one to be repeated.
func NewTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		IdleConnTimeout:     idleTimeout,
		MaxIdleConns:        idleConns,
		MaxIdleConnsPerHost: idleConns,
		Protocols:           protocols,
	}
}

// Exchange sends a request, bounded by its context, and returns the answer with
// its body in memory; it follows no redirect. A *delivery.SendError tells that
// there is no answer: Retryable where no connection was made (DNS, dial, TLS),
// else Ambiguous. A non-2xx answer whose body breaks off is an answer.
func Exchange(transport http.RoundTripper, r *http.Request) (resp *http.Response, body []byte, failure *delivery.SendError) {
	// The trace may be called by the transport's own goroutines.
	var connected atomic.Bool
	resp, err := transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})))
	if err != nil {
		return nil, nil, classify(err, connected.Load())
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil && resp.StatusCode/100 == 2 {
		return nil, nil, classify(err, true)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, body, nil
}

// RetryAfter reads Retry-After (RFC 9110 section 10.2.3), seconds or a date; a
// date is taken relative to the answer's own Date, so that no clock of ours is
// in it. What cannot be read is 0.
func RetryAfter(h http.Header) time.Duration {
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

// ended is how an exchange came to no answer.
type ended struct {
	err error
	// connected means that a request may have gone over a connection.
	connected bool
}

// rules judge an exchange without an answer. Once there was a connection, anything
// may have gone over it.
var rules = delivery.Rules[ended]{
	delivery.When("no connection: DNS, dial or TLS fails", func(e ended) bool { return !e.connected }, delivery.FaultUnreachable),
	delivery.When("no answer in time", func(e ended) bool { return e.late() }, delivery.FaultTimeout),
	delivery.When("the connection is cut once it was made", func(ended) bool { return true }, delivery.FaultConnection),
}

// Rows are the faults of every provider that speaks HTTP.
func Rows() []delivery.Row { return rules.Rows() }

func (e ended) late() bool {
	var timeout net.Error
	return errors.Is(e.err, context.Canceled) || errors.As(e.err, &timeout) && timeout.Timeout()
}

// classify judges an exchange without an answer. The text of an error once there
// was a connection may quote the provider, so it is dropped.
func classify(err error, connected bool) *delivery.SendError {
	fault := rules.Judge(ended{err, connected})
	if !connected {
		return fault.Because(err)
	}
	return fault.Err()
}
