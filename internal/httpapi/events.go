package httpapi

import (
	"net/http"

	"user-api/internal/apperr"
)

// Accepted answers 202, as who sends events is answered (RFC 8935 section 2.2).
func Accepted(w http.ResponseWriter) { w.WriteHeader(http.StatusAccepted) }

// EventError is Error for who sends events: a request that is refused has the members of
// RFC 8935 section 2.3 beside the others.
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
