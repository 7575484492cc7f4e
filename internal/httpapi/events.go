package httpapi

import (
	"net/http"

	"user-api/internal/apperr"
)

// Accepted responds with status 202, the answer to a security event token (RFC 8935 section
// 2.2).
func Accepted(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) }

// EventError is Error for transmitters of security event tokens: a 400 response also has
// the members of RFC 8935 section 2.3.
func EventError(w http.ResponseWriter, r *http.Request, err error) {
	status, body := describe(r.Context(), err)
	logFault(r.Context(), status, err)
	if status == http.StatusBadRequest {
		if body.Err = classify(err).Event; body.Err == "" {
			body.Err = string(apperr.InvalidRequest)
		}
		body.Description = body.Msg
	}
	writeError(w, status, body)
}
