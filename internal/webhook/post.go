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
	// maxAnswer bounds what is read of an answer, of which only the status counts.
	maxAnswer = 16 << 10
)

// Results of a try without an answer.
const (
	resultAddress     = "address"     // the host is in a network where no webhook is to go
	resultConnection  = "connection"  // it broke off, or what came was no HTTP
	resultTimeout     = "timeout"     // no answer in time
	resultTLS         = "tls"         // no trusted certificate
	resultUnreachable = "unreachable" // no such host, or nobody listens there
)

// answer is what came of a request: a status, or one of the results above.
type answer struct {
	result string
	status int
	// after is what Retry-After asks for.
	after time.Duration
}

func (a answer) ok() bool { return a.status/100 == 2 }

// ofEvent reports whether the failure is about this one event: the receiver answers, and
// does not take what it was sent. It says nothing of the others.
func (a answer) ofEvent() bool {
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestTimeout, http.StatusGone, http.StatusTooManyRequests:
		return false
	}
	return a.status/100 == 4
}

// asks is for how long the endpoint asks to be left alone; 0 is not at all.
func (a answer) asks() time.Duration {
	switch a.status {
	case http.StatusGone:
		return gonePause
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return min(a.after, mostRetryAfter)
	}
	return 0
}

// newTransport is of one endpoint alone. Proxies of the environment are not used: the
// address that is looked at would be theirs.
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
		DisableCompression:     true, // nobody looks at the body
	}
}

// post sends a body under an id, signed now. No redirect is followed: it would lead to
// whom nobody has named.
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
	// So that the connection can be used again, if the answer is short.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	return answer{result: strconv.Itoa(resp.StatusCode), status: resp.StatusCode, after: wire.RetryAfter(resp.Header)}
}

// failure is the word for an error; its text may quote the receiver.
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
