package httpapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"user-api/internal/apperr"
)

// streamBuffer is how much of a response is buffered. A failure before it is full can still
// be reported as an error response.
const streamBuffer = 32 << 10

// errPaused is the cause of canceling a stalled stream.
var errPaused = errors.New("httpapi: nothing was written for too long")

// streaming limits how long a stream may stall, whether it has nothing to write or the
// client does not read.
type streaming struct {
	pause time.Duration
	timer *time.Timer
	// begun means that part of the response has been sent.
	begun atomic.Bool
}

type streamingKey struct{}

// asStream serves a route that responds with Stream, without go-zero's timeout handler,
// which buffers the whole response. pause limits the time before the first bytes and
// between writes.
func asStream(pause time.Duration, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		control := http.NewResponseController(w)
		s := &streaming{pause: pause}
		// The connection is closed after the response, so the timer is not stopped: it also
		// limits the last write, which net/http makes.
		w.Header()["Connection"] = closing
		cut := func() { _ = control.SetWriteDeadline(time.Unix(1, 0)) }
		s.timer = time.AfterFunc(pause, func() {
			cancel(errPaused)
			if s.begun.Load() {
				cut()
				return
			}
			time.AfterFunc(pause, cut) // leaves time to send the error
		})
		_ = control.SetWriteDeadline(time.Time{}) // the server's deadline is for ordinary responses
		next(w, r.WithContext(context.WithValue(ctx, streamingKey{}, s)))
	}
}

// Stream responds with status 200 and the JSON that write produces piece by piece, so it
// may be larger than memory. If write fails, the response is the error; once bytes have
// been sent, the connection is aborted instead, so that the client sees a truncated
// document. Use it only for routes in Routes.Streams.
func Stream(w http.ResponseWriter, r *http.Request, write func(context.Context, io.Writer) error) {
	s, ok := r.Context().Value(streamingKey{}).(*streaming)
	if !ok {
		Error(w, r, errors.New("httpapi: the route is not mounted as a stream"))
		return
	}
	out := &streamWriter{ResponseWriter: w, streaming: s}
	held := bufio.NewWriterSize(out, streamBuffer)
	err := write(r.Context(), held)
	if err == nil {
		err = held.Flush()
	}
	if err == nil {
		return
	}
	if errors.Is(context.Cause(r.Context()), errPaused) {
		err = apperr.Down(errPaused)
	}
	if !s.begun.Load() {
		Error(w, r, err)
		return
	}
	status, _ := describe(r.Context(), err)
	logFault(r.Context(), status, err)
	panic(http.ErrAbortHandler)
}

// streamWriter starts the response with its first bytes.
type streamWriter struct {
	http.ResponseWriter
	*streaming
}

// Write sends p immediately.
func (s *streamWriter) Write(p []byte) (int, error) {
	if s.begun.CompareAndSwap(false, true) {
		s.Header().Set("Content-Type", contentTypeJSON)
	}
	n, err := s.ResponseWriter.Write(p)
	if err == nil {
		err = http.NewResponseController(s.ResponseWriter).Flush()
	}
	if err == nil {
		s.timer.Reset(s.pause)
	}
	return n, err
}
