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

// streamBuffer is how much of an answer is held back: what goes wrong before is still
// answered as an error.
const streamBuffer = 32 << 10

// errPaused is why a stream is given up that does not go on.
var errPaused = errors.New("httpapi: nothing was written for too long")

// streaming bounds how long a stream may pause, for whatever reason: that there is
// nothing to write yet, or that the client does not read.
type streaming struct {
	pause time.Duration
	timer *time.Timer
	// begun says that bytes of the answer have left.
	begun atomic.Bool
}

type streamingKey struct{}

// asStream serves a route that answers with Stream, without go-zero's timeout handler,
// which holds back the whole answer. pause bounds the time before the first bytes of the
// answer and between two writes.
func asStream(pause time.Duration, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		control := http.NewResponseController(w)
		s := &streaming{pause: pause}
		// The connection is closed after the answer, so the timer need not be stopped:
		// it also ends the last write, which is net/http's.
		w.Header()["Connection"] = closing
		cut := func() { _ = control.SetWriteDeadline(time.Unix(1, 0)) }
		s.timer = time.AfterFunc(pause, func() {
			cancel(errPaused)
			if s.begun.Load() {
				cut()
				return
			}
			time.AfterFunc(pause, cut) // the error can be answered until then
		})
		_ = control.SetWriteDeadline(time.Time{}) // the server's is for whole answers
		next(w, r.WithContext(context.WithValue(ctx, streamingKey{}, s)))
	}
}

// Stream answers 200 with JSON that write writes piece by piece, so that it may be longer
// than what fits into memory. If write fails, the answer is the error; once the first
// bytes have left, the connection is cut instead, and what the client has is no whole
// document. Only for routes that Routes.Streams names.
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

// streamWriter begins an answer with its first bytes.
type streamWriter struct {
	http.ResponseWriter
	*streaming
}

// Write sends p at once.
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
