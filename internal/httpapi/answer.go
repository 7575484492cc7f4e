package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
)

const contentTypeJSON = "application/json; charset=utf-8"

// JSON answers 200 with v.
func JSON(w http.ResponseWriter, r *http.Request, v any) {
	// Encoded before the first byte leaves, so that a failure can still be a 500.
	body, err := json.Marshal(v)
	if err != nil {
		Error(w, r, fmt.Errorf("httpapi: encode answer: %w", err))
		return
	}
	w.Header().Set("Content-Type", contentTypeJSON)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

// NoContent answers 204.
func NoContent(w http.ResponseWriter) {
	w.WriteHeader(http.StatusNoContent)
}

// Text answers 200 with a text, for those who ask for one in return.
func Text(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(text))
}
