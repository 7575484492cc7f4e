package httpapi

import "net/http"

// watched keeps the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
}

// Watch returns a writer for the answer, and whether that refuses what the client
// asked: not for the sake of a limit, and for no fault of ours.
func Watch(w http.ResponseWriter) (http.ResponseWriter, func() bool) {
	seen := &watched{ResponseWriter: w}
	return seen, func() bool {
		return seen.status >= http.StatusBadRequest && seen.status < http.StatusInternalServerError && seen.status != http.StatusTooManyRequests
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
