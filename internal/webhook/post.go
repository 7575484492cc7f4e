package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"user-api/internal/delivery/wire"
	"user-api/internal/publicnet"
)

const (
	connectTimeout = 5 * time.Second
	idleTimeout    = 20 * time.Second
	// maxAnswer bounds how much of a response is read. Only the status counts.
	maxAnswer = 16 << 10
)

// The results of an attempt without a response.
const (
	resultAddress     = "address"     // the host is in a network to which no webhooks may go
	resultConnection  = "connection"  // the connection broke, or the response was not HTTP
	resultTimeout     = "timeout"     // no response in time
	resultTLS         = "tls"         // no trusted certificate
	resultUnreachable = "unreachable" // no such host, or it refused the connection
)

// answer is the result of a request: a status, or one of the results above.
type answer struct {
	result string
	status int
	// after is the value of Retry-After.
	after time.Duration
}

func (a answer) ok() bool { return a.status/100 == 2 }

// ofEvent reports whether the failure concerns only this event: the receiver works but
// rejects what it was sent.
func (a answer) ofEvent() bool {
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestTimeout, http.StatusGone, http.StatusTooManyRequests:
		return false
	}
	return a.status/100 == 4
}

// asks returns how long the endpoint asks not to be called; 0 if it does not ask.
func (a answer) asks() time.Duration {
	switch a.status {
	case http.StatusGone:
		return gonePause
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return min(a.after, mostRetryAfter)
	}
	return 0
}

// newTransport returns the transport of one endpoint. It ignores the proxies of the
// environment, because the check of the address would then apply to the proxy.
func newTransport(e Endpoint) *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout}
	if !e.AllowPrivate {
		dialer.Control = publicnet.Control
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    e.Concurrency,
		MaxConnsPerHost:        e.Concurrency,
		MaxResponseHeaderBytes: maxAnswer,
		DisableCompression:     true, // the body is not used
	}
}

// post sends a body under an id, signed now. It follows no redirects: they could lead to a
// host that the operator has not configured.
func post(ctx context.Context, transport http.RoundTripper, e Endpoint, id string, at time.Time, body []byte) answer {
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return answer{result: resultUnreachable}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "user-api")
	r.Header.Set(HeaderID, id)
	r.Header.Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(HeaderSignature, Sign(id, at, body, e.Keys...))
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return answer{result: failure(err)}
	}
	defer resp.Body.Close()
	// Drain the body so that the connection can be reused, if it is short.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	return answer{result: strconv.Itoa(resp.StatusCode), status: resp.StatusCode, after: wire.RetryAfter(resp.Header)}
}

// failure classifies an error. Its text is not used, because it may quote the receiver.
func failure(err error) string {
	var timeout net.Error
	var op *net.OpError
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	switch {
	case errors.Is(err, publicnet.ErrAddress):
		return resultAddress
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.Canceled):
		return resultTimeout
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return resultTLS
	case errors.As(err, &op) && op.Op == "dial":
		return resultUnreachable
	}
	return resultConnection
}
