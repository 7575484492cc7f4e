// Package wire is shared by the senders that use HTTP: a transport that never repeats a
// request, and the classification of exchanges without an answer.
package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"user-api/internal/delivery"
)

const (
	// maxAnswer bounds the body of an answer; real ones have about 1 KiB.
	maxAnswer      = 64 << 10
	connectTimeout = 5 * time.Second
	// idleTimeout is well below that of common load balancers (60 s): a request on a
	// connection that the server is closing is Ambiguous.
	idleTimeout = 20 * time.Second
	idleConns   = 64
)

// NewTransport returns a transport for HTTP/1.1 only: over HTTP/2 net/http repeats a POST after
// some stream errors. A request must not have the header Idempotency-Key either, because
// net/http repeats such requests.
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

// IsBase reports whether text is an HTTP URL without credentials.
func IsBase(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// Exchange sends a request, bounded by its context, and returns the answer with its body in
// memory. It does not follow redirects. It returns a *delivery.SendError if there is no answer:
// Retryable if no connection was made (DNS, dial, TLS), otherwise Ambiguous. A non-2xx answer
// with a truncated body is an answer.
func Exchange(transport http.RoundTripper, r *http.Request) (resp *http.Response, body []byte, failure *delivery.SendError) {
	if r.UserAgent() == "" {
		r.Header.Set("User-Agent", "user-api")
	}
	// The trace may be called by goroutines of the transport.
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

// Call sends a request with Exchange and returns the status and the body of the answer.
func Call(ctx context.Context, transport http.RoundTripper, method, target string, header map[string]string, body []byte,
) (status int, answer []byte, failure *delivery.SendError) {
	r, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, delivery.FaultInternal.Because(err)
	}
	for key, value := range header {
		r.Header.Set(key, value)
	}
	resp, answer, failure := Exchange(transport, r)
	if failure != nil {
		return 0, nil, failure
	}
	return resp.StatusCode, answer, nil
}

// RetryAfter parses Retry-After (RFC 9110 section 10.2.3), seconds or a date. A date is taken
// relative to the answer's own Date, which makes it independent of our clock. A malformed value
// is 0.
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

// ended is an exchange without an answer.
type ended struct {
	err error
	// connected means that the request may have been sent.
	connected bool
}

// rules judge an exchange without an answer. Once there was a connection, the request may have
// been sent.
var rules = delivery.Rules[ended]{
	delivery.When("no connection: DNS, dial or TLS fails", func(e ended) bool { return !e.connected }, delivery.FaultUnreachable),
	delivery.When("no answer in time", func(e ended) bool { return e.late() }, delivery.FaultTimeout),
	delivery.When("the connection is cut once it was made", func(ended) bool { return true }, delivery.FaultConnection),
}

// Rows returns the faults of every provider that uses HTTP.
func Rows() []delivery.Row { return rules.Rows() }

func (e ended) late() bool {
	var timeout net.Error
	return errors.Is(e.err, context.Canceled) || errors.As(e.err, &timeout) && timeout.Timeout()
}

// classify judges an exchange without an answer. Once there was a connection, the error's text
// may quote the provider, so it is dropped.
func classify(err error, connected bool) *delivery.SendError {
	fault := rules.Judge(ended{err, connected})
	if !connected {
		return fault.Because(err)
	}
	return fault.Err()
}
