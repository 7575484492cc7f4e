// Package batch writes rows in the background, many at a time, so that requests do not wait
// for tables that only record what happened. A Writer buffers, up to a limit, what the store
// does not accept yet, and Drain writes the rest, so a clean shutdown loses nothing. A process
// that is killed loses the rows of the last moment.
package batch

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/threading"
)

const (
	defaultBuffer = 10_000
	defaultEvery  = 200 * time.Millisecond
	defaultMax    = 200
	defaultWait   = 100 * time.Millisecond

	firstPause = 50 * time.Millisecond
	maxPause   = 2 * time.Second
	// writeTimeout bounds one attempt.
	writeTimeout = 5 * time.Second
	quietMillis  = 5000
)

type (
	// Options configure a Writer.
	Options[T any] struct {
		// Name is a constant, for logs and metrics.
		Name string
		// Write stores all of a batch or nothing. After an error it is called again with the
		// same batch, which may nevertheless have been stored.
		Write func(context.Context, []T) error
		// Max is the maximum size of a batch; 0 means 200.
		Max int
		// Buffer is how many items are buffered in addition to the current batch; 0 means
		// 10,000.
		Buffer int
		// Every is how long the first item of a batch waits for others; 0 means 200 ms.
		Every time.Duration
		// Wait is how long Add waits while the buffer is full; 0 means 100 ms.
		Wait time.Duration
	}

	// Writer writes items in the background, in order.
	Writer[T any] struct {
		Options[T]

		items chan T
		// mu is held for reading while an item is added, so that Drain does not close items
		// at that moment.
		mu     sync.RWMutex
		closed bool
		// draining is closed when Drain begins, done when everything is finished.
		draining, done chan struct{}
		// writing is cancelled when Drain gives up.
		writing context.Context
		cut     context.CancelFunc
		lost    int // by run; valid once done is closed
		held    atomic.Int64
		log     *logx.LessLogger
	}
)

// New starts a Writer. Drain ends it.
func New[T any](o Options[T]) *Writer[T] {
	o.Max, o.Buffer = cmp.Or(o.Max, defaultMax), cmp.Or(o.Buffer, defaultBuffer)
	o.Every, o.Wait = cmp.Or(o.Every, defaultEvery), cmp.Or(o.Wait, defaultWait)
	w := &Writer[T]{
		Options: o, items: make(chan T, o.Buffer), log: logx.NewLessLogger(quietMillis),
		draining: make(chan struct{}), done: make(chan struct{}),
	}
	w.writing, w.cut = context.WithCancel(context.Background())
	threading.GoSafe(w.run)
	return w
}

// Add adds an item. If the buffer stays full for Wait, it drops the item, counts and logs
// that, and returns false.
func (w *Writer[T]) Add(item T) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.closed {
		w.hold(1)
		select {
		case w.items <- item:
			return true
		default:
		}
		timer := time.NewTimer(w.Wait)
		defer timer.Stop()
		select {
		case w.items <- item:
			return true
		case <-timer.C:
		}
		w.hold(-1)
	}
	w.drop(1)
	return false
}

// Held returns the number of items that have not been written yet.
func (w *Writer[T]) Held() int { return int(w.held.Load()) }

func (w *Writer[T]) hold(n int) {
	w.held.Add(int64(n))
	holding.Add(float64(n), w.Name)
}

// Drain rejects further items and writes the rest. If ctx ends first, the rest is dropped and
// the error says how many items were lost.
func (w *Writer[T]) Drain(ctx context.Context) error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.draining)
		close(w.items)
	}
	w.mu.Unlock()
	select {
	case <-w.done:
	case <-ctx.Done():
		w.cut()
		<-w.done
	}
	if w.lost > 0 {
		return fmt.Errorf("batch: %s: %d lost: %w", w.Name, w.lost, ctx.Err())
	}
	return nil
}

func (w *Writer[T]) run() {
	defer close(w.done)
	for {
		batch, more := w.gather()
		if len(batch) > 0 && !w.write(batch) {
			w.lost += len(batch)
		}
		w.hold(-len(batch))
		if !more {
			break
		}
	}
	if w.lost > 0 {
		w.drop(w.lost)
	}
}

// gather waits for a first item, and then Every for others. It returns false if no more items
// will come.
func (w *Writer[T]) gather() (batch []T, more bool) {
	item, more := <-w.items
	if !more {
		return nil, false
	}
	batch = append(batch, item)
	timer := time.NewTimer(w.Every)
	defer timer.Stop()
	for len(batch) < w.Max {
		select {
		case item, more = <-w.items:
			if !more {
				return batch, false
			}
			batch = append(batch, item)
		case <-timer.C:
			return batch, true
		}
	}
	return batch, true
}

// write retries until the store accepts the batch or Drain gives up.
func (w *Writer[T]) write(batch []T) bool {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		if w.writing.Err() != nil {
			return false
		}
		ctx, cancel := context.WithTimeout(w.writing, writeTimeout)
		err := w.Write(ctx, batch)
		cancel()
		if err == nil {
			written.Add(float64(len(batch)), w.Name)
			return true
		}
		w.log.Errorf("batch: %s: %v", w.Name, err)
		w.sleep(pause)
	}
}

// sleep waits before another attempt. While draining it waits only briefly.
func (w *Writer[T]) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return
	case <-w.writing.Done():
		return
	case <-w.draining:
	}
	last := time.NewTimer(min(d, firstPause))
	defer last.Stop()
	select {
	case <-last.C:
	case <-w.writing.Done():
	}
}

func (w *Writer[T]) drop(n int) {
	dropped.Add(float64(n), w.Name)
	w.log.Errorf("batch: %s: %d dropped", w.Name, n)
}
