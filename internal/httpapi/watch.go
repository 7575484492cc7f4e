package httpapi

import (
	"net/http"
	"slices"
)

// formErrors are the refusals that need no store lookup: the request is malformed or
// incomplete, or a limit refused it.
var formErrors = []int{
	http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusTooManyRequests,
}

// statusWriter records the status of a response.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// Watch returns a writer for the response, and a function that reports whether the response
// refuses the request for a reason that required a store lookup.
func Watch(w http.ResponseWriter) (http.ResponseWriter, func() bool) {
	seen := &statusWriter{ResponseWriter: w}
	return seen, func() bool {
		return seen.status >= http.StatusBadRequest && seen.status < http.StatusInternalServerError && !slices.Contains(formErrors, seen.status)
	}
}

// Unwrap supports http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}
