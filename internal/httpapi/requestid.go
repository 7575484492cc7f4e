package httpapi

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"regexp"

	"go.opentelemetry.io/otel/propagation"
)

const requestIDLen = 16

// requestID matches client-supplied IDs that may appear in responses and logs.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// requestID returns the ID set by a trusted proxy, if it is well formed, or else a new one.
// An ID from any other client is returned as claimed: it helps clients find their requests
// in the access log, but does not identify records, where it could imitate another request.
func (e *Edge) requestID(r *http.Request, proxy bool) (id, claimed string) {
	if given := r.Header.Values("X-Request-Id"); len(given) == 1 && requestID.MatchString(given[0]) {
		if proxy {
			return given[0], ""
		}
		claimed = given[0]
	}
	var raw [requestIDLen]byte
	// Without randomness, an all-zero ID still allows a response.
	_, _ = io.ReadFull(e.rand, raw[:])
	return hex.EncodeToString(raw[:]), claimed
}

// traced continues the trace of a trusted proxy.
func traced(ctx context.Context, r *http.Request, proxy bool) context.Context {
	if !proxy || r.Header.Get("Traceparent") == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
}
