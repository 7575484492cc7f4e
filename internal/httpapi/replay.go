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

// replayedHeader marks an answer that was given before.
const replayedHeader = "Idempotency-Replayed"

type (
	// Recorder is the ResponseWriter of a handler whose answer is looked at before it
	// is sent.
	Recorder struct {
		header http.Header
		status int
		body   bytes.Buffer
	}

	// recorded is an answer as it is kept.
	recorded struct {
		Status int         `json:"status"`
		Header http.Header `json:"header"`
		Body   []byte      `json:"body"`
	}
)

// NewRecorder returns an empty Recorder.
func NewRecorder() *Recorder { return &Recorder{header: http.Header{}} }

// Definite reports whether the answer would be the right one for the same request
// sent again. A fault of ours, and a refusal that says to come back later or with a
// captcha, are no answers to hold on to: the next try may succeed.
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

// Encode returns the answer for Replay: status, body, and the headers that the
// handler itself has set. Those of the Edge belong to each request.
func (rec *Recorder) Encode() []byte {
	text, _ := json.Marshal(rec.recorded()) // always encodes
	return text
}

// Header is for the handler.
func (rec *Recorder) Header() http.Header { return rec.header }

// Send sends the answer.
func (rec *Recorder) Send(w http.ResponseWriter) { send(w, rec.recorded()) }

// Write is for the handler.
func (rec *Recorder) Write(p []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	return rec.body.Write(p)
}

// WriteHeader takes the first final status.
func (rec *Recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= http.StatusOK {
		rec.status = status
	}
}

func (rec *Recorder) recorded() recorded {
	rec.WriteHeader(http.StatusOK) // of a handler that wrote nothing
	return recorded{rec.status, rec.header, rec.body.Bytes()}
}

// Replay sends an answer of Encode's once more, byte for byte. The requestId in the
// body of an error stays that of the request which was refused: its lines in the log
// hold the cause. Fails when encoded is not an answer.
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

// TakeBody reads the whole body, decompressed, ahead of the handler, which then reads
// it again. Fails as Decode does for a body that it would not read.
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
	if len(a.Body) > 0 { // a 204 has none
		// The error of a write means that nobody listens; there is no one to tell.
		_, _ = w.Write(a.Body)
	}
}
