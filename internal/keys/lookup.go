package keys

import (
	"context"
	"sync"
	"time"
)

// lookup reads the table on behalf of requests with an unknown key. However many there are,
// only one read runs at a time, with a pause between two. Each request gets the result of a
// read that began after the request.
type lookup struct {
	mu   sync.Mutex
	next *reading // not begun yet
	busy bool
}

// reading is one read; done is closed when it has ended.
type reading struct {
	done chan struct{}
	err  error
}

// do waits for a read that begins after the call.
func (l *lookup) do(read func(context.Context) error) error {
	l.mu.Lock()
	if l.next == nil {
		l.next = &reading{done: make(chan struct{})}
	}
	mine := l.next
	if !l.busy {
		l.busy = true
		go l.run(read)
	}
	l.mu.Unlock()
	<-mine.done
	return mine.err
}

// run performs the requested reads until there are none left.
func (l *lookup) run(read func(context.Context) error) {
	for {
		l.mu.Lock()
		at := l.next
		l.next = nil
		if at == nil {
			l.busy = false
		}
		l.mu.Unlock()
		if at == nil {
			return
		}
		at.err = read(context.Background())
		close(at.done)
		time.Sleep(lookupPause)
	}
}
