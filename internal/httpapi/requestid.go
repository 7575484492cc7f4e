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

// requestID is what an id must look like to be repeated, in answers and logs.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// requestID is the id that a trusted proxy has given, if it is a harmless word, or
// else a new one. An id of anybody else is claimed: good for finding one's own
// request in the access log, but not for the records, where it could be made to
// look like another's.
func (e *Edge) requestID(r *http.Request, proxy bool) (id, claimed string) {
	if given := r.Header.Values("X-Request-Id"); len(given) == 1 && requestID.MatchString(given[0]) {
		if proxy {
			return given[0], ""
		}
		claimed = given[0]
	}
	var raw [requestIDLen]byte
	// Without randomness an id of zeros still gives an answer.
	_, _ = io.ReadFull(e.rand, raw[:])
	return hex.EncodeToString(raw[:]), claimed
}

// traced takes over the trace of a trusted proxy.
func traced(ctx context.Context, r *http.Request, proxy bool) context.Context {
	if !proxy || r.Header.Get("Traceparent") == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
}
