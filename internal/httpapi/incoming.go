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

// errStopped is of a body that did not come to its end: the client was too slow,
// or went away in the middle.
var errStopped = errors.New("httpapi: the body stopped before its end")

// incoming is a request's body as it comes from the connection. It knows whose
// fault it is when a request runs out of time. It is safe for concurrent use, as
// the handler may still read when the answer is made.
type incoming struct {
	io.ReadCloser

	mu sync.Mutex // held while reading
	// ended says that nothing more comes, stopped that something should have, and left
	// that nobody reads on.
	reading, ended, stopped, left atomic.Bool
}

// watch puts an incoming in the place of a request's body; nil if there is none.
func watch(r *http.Request) *incoming {
	if r.Body == nil || r.ContentLength == 0 {
		return nil
	}
	b := &incoming{ReadCloser: r.Body}
	r.Body = b
	return b
}

// Read fails with errStopped when the client does not send on.
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

// stops tells an end of the connection from malformed chunks.
func stops(err error) bool {
	var network net.Error
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) || errors.Is(err, context.Canceled)
}

// blames reports whether a request that was given up, with a context's error, was
// given up for its body.
func (b *incoming) blames(err error) bool {
	switch {
	case b == nil:
		return false
	case errors.Is(err, context.Canceled):
		// net/http ends the context a moment before the read that failed returns.
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.stopped.Load()
	default:
		return b.stopped.Load() || errors.Is(err, context.DeadlineExceeded) && b.reading.Load()
	}
}

// giveUp reads no more of a body that has not ended: net/http would read the rest
// of it before it answers. A read that still waits is over when giveUp returns: one
// that ended later would make net/http lift the deadline again.
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

// givenUp is the error of a request that ended with the context's error err, if
// its body is to blame.
func givenUp(ctx context.Context, err error) (*apperr.Error, bool) {
	a, ok := ctx.Value(answerKey{}).(*answer)
	if !ok || !a.body.blames(err) {
		return nil, false
	}
	return apperr.New(apperr.RequestTimeout), true
}
