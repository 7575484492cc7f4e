package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"user-api/internal/apperr"
)

// errStopped means that a body did not arrive completely: the client was too slow or
// disconnected.
var errStopped = errors.New("httpapi: the body stopped before its end")

// incoming is a request body as it arrives from the connection. It records whether the
// client is to blame when a request times out. It is safe for concurrent use, as the
// handler may still read while the response is being written.
type incoming struct {
	io.ReadCloser

	mu sync.Mutex // held while reading
	// ended means that nothing more arrives, stopped that the body is incomplete, and left
	// that nobody reads it any more.
	reading, ended, stopped, left atomic.Bool
}

// watch replaces the body of a request with an incoming, or returns nil if there is none.
func watch(r *http.Request) *incoming {
	if r.Body == nil || r.ContentLength == 0 {
		return nil
	}
	b := &incoming{ReadCloser: r.Body}
	r.Body = b
	return b
}

// Read fails with errStopped when the client stops sending.
func (b *incoming) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left.Load() {
		return 0, errStopped
	}
	b.reading.Store(true)
	defer b.reading.Store(false)
	n, err := b.ReadCloser.Read(p)
	b.ended.Store(err != nil)
	if err != nil && stops(err) {
		b.stopped.Store(true)
		err = fmt.Errorf("%w: %w", errStopped, err)
	}
	return n, err
}

// stops distinguishes the end of the connection from malformed chunks.
func stops(err error) bool {
	var network net.Error
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) || errors.Is(err, context.Canceled)
}

// blames reports whether a slow or incomplete body is the reason that a request was
// abandoned with err, the error of its context.
func (b *incoming) blames(err error) bool {
	switch {
	case b == nil:
		return false
	case errors.Is(err, context.Canceled):
		// net/http cancels the context a moment before the failed read returns.
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.stopped.Load()
	default:
		return b.stopped.Load() || errors.Is(err, context.DeadlineExceeded) && b.reading.Load()
	}
}

// giveUp stops reading a body that has not ended; net/http would otherwise read the rest of
// it before it responds. It waits for a pending read, because one that finished later would
// make net/http lift the deadline again.
func (b *incoming) giveUp(w http.ResponseWriter) {
	if b == nil || b.ended.Load() {
		return
	}
	if http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left.Store(true)
}

// bodyTimeout returns the error of a request whose context failed with err because of its
// body.
func bodyTimeout(ctx context.Context, err error) (*apperr.Error, bool) {
	a, ok := ctx.Value(answerKey{}).(*answer)
	if !ok || !a.body.blames(err) {
		return nil, false
	}
	return apperr.New(apperr.RequestTimeout), true
}
