package keys

import (
	"context"
	"sync"
	"time"
)

// learning reads the table for whoever shows a key that is not known. However many do,
// one reading is under way at a time, and there is a pause between two. Each gets one
// that began after it asked.
type learning struct {
	mu   sync.Mutex
	next *reading // that has not begun
	busy bool
}

// reading is done when the channel is closed.
type reading struct {
	done chan struct{}
	err  error
}

func newLearning() learning { return learning{} }

// once waits for a reading that begins after now.
func (l *learning) once(read func(context.Context) error) error {
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

// run does the readings that are asked for, until there is none.
func (l *learning) run(read func(context.Context) error) {
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
		time.Sleep(learnEvery)
	}
}
