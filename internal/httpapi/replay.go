package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"

	"user-api/internal/apperr"
)

// replayedHeader marks a replayed response.
const replayedHeader = "Idempotency-Replayed"

type (
	// Recorder is a ResponseWriter that buffers a response so that it can be inspected
	// before it is sent.
	Recorder struct {
		header http.Header
		status int
		body   bytes.Buffer
	}

	// recorded is a stored response.
	recorded struct {
		Status int         `json:"status"`
		Header http.Header `json:"header"`
		Body   []byte      `json:"body"`
	}
)

// NewRecorder returns an empty Recorder.
func NewRecorder() *Recorder { return &Recorder{header: http.Header{}} }

// Definite reports whether the same request may get this response again. Server faults and
// refusals that ask for a retry or a captcha are not final: the next attempt may succeed.
func (rec *Recorder) Definite() bool {
	switch {
	case rec.status >= http.StatusInternalServerError, rec.status == statusClientGone,
		rec.status == http.StatusRequestTimeout, rec.status == http.StatusTooManyRequests:
		return false
	case rec.status < http.StatusBadRequest:
		return true
	}
	var body errorBody
	return json.Unmarshal(rec.body.Bytes(), &body) == nil && body.Code != apperr.CaptchaRequired
}

// Encode returns the response for Replay: status, body, and the headers that the handler
// set. The Edge's headers belong to each request.
func (rec *Recorder) Encode() []byte {
	text, _ := json.Marshal(rec.recorded()) // cannot fail
	return text
}

// Header implements http.ResponseWriter.
func (rec *Recorder) Header() http.Header { return rec.header }

// Send sends the response to w.
func (rec *Recorder) Send(w http.ResponseWriter) { send(w, rec.recorded()) }

// Write implements http.ResponseWriter.
func (rec *Recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	return rec.body.Write(p)
}

// WriteHeader keeps the first final status.
func (rec *Recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= http.StatusOK {
		rec.status = status
	}
}

func (rec *Recorder) recorded() recorded {
	rec.WriteHeader(http.StatusOK) // for a handler that wrote nothing
	return recorded{rec.status, rec.header, rec.body.Bytes()}
}

// Replay sends a response encoded by Encode again, byte for byte. The requestId in the body
// of an error stays that of the original request, whose log lines contain the cause. It
// fails if encoded is not valid.
func Replay(w http.ResponseWriter, r *http.Request, encoded []byte) error {
	var kept recorded
	if err := json.Unmarshal(encoded, &kept); err != nil {
		return fmt.Errorf("httpapi: read a kept answer: %w", err)
	}
	if a, ok := r.Context().Value(answerKey{}).(*answer); ok {
		a.replayed.Store(true)
	}
	w.Header().Set(replayedHeader, "true")
	send(w, kept)
	return nil
}

// TakeBody reads the whole decompressed body ahead of the handler, which can read it again.
// It rejects the same bodies as Decode.
func TakeBody(r *http.Request) ([]byte, error) {
	body, err := readBody(r, jsonBody)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Del("Content-Encoding")
	return body, nil
}

func send(w http.ResponseWriter, a recorded) {
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	if len(a.Body) > 0 { // 204 has no body
		// A failed write means that the client is gone.
		_, _ = w.Write(a.Body)
	}
}
