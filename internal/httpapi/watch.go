package httpapi

import (
	"net/http"
	"slices"
)

// unread are the refusals that ask no store: the form of a request is wrong, its body
// stopped, or a limit refused it.
var unread = []int{
	http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusTooManyRequests,
}

// watched keeps the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
}

// Watch returns a writer for the answer, and whether that refuses what the client
// asked for a reason that had to be looked up.
func Watch(w http.ResponseWriter) (http.ResponseWriter, func() bool) {
	seen := &watched{ResponseWriter: w}
	return seen, func() bool {
		return seen.status >= http.StatusBadRequest && seen.status < http.StatusInternalServerError && !slices.Contains(unread, seen.status)
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}
