package revocation

import (
	"sync/atomic"
	"time"
)

// maxStale is how old what is in memory may be: the promise of the service is that
// an end is in force everywhere within 5 s.
const maxStale = 5 * time.Second

// freshness is until when the memory is known to be complete.
type freshness struct {
	elapsed func() time.Duration
	// loaded is set once the table was read to its end: before that nothing else
	// counts, since the stream holds less.
	loaded atomic.Bool
	last   atomic.Int64 // as elapsed tells it
}

// mark says that everything written before a time has been read.
func (f *freshness) mark(at time.Duration) {
	for {
		last := f.last.Load()
		if int64(at) <= last || f.last.CompareAndSwap(last, int64(at)) {
			return
		}
	}
}

func (f *freshness) current() bool { return f.loaded.Load() && f.age() <= maxStale }

// age is since when there may be something that was not read. Until the stream or the
// table was read it is all of the clock's time, which is more than any limit.
func (f *freshness) age() time.Duration { return f.elapsed() - time.Duration(f.last.Load()) }
