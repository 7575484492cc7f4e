package revocation

import (
	"sync/atomic"
	"time"
)

const (
	// maxStale is the maximum age of what is in memory. The service promises that the end of
	// a session is in force on every node within 5 s.
	maxStale = 5 * time.Second
	// relayTime is how long a node may take to add to the stream what it has committed.
	relayTime = time.Second
)

// freshness tracks until when the memory is known to be complete.
type freshness struct {
	elapsed func() time.Duration
	// loaded is set once the table has been read to its end. Nothing counts before that,
	// because the stream holds less.
	loaded atomic.Bool
	// last is until when the memory is complete, as elapsed time. For the stream this is
	// relayTime earlier than its read, because other nodes need that time to write to it.
	last atomic.Int64
	// table is the same as last, but for the table alone.
	table atomic.Int64
	// database is the database clock minus elapsed, in milliseconds.
	database atomic.Int64
}

// read records that everything committed before a time has been read from the table. now is
// the database clock at that time or later.
func (f *freshness) read(at time.Duration, now int64) {
	f.database.Store(now - f.elapsed().Milliseconds())
	raise(&f.last, at)
	raise(&f.table, at)
	f.loaded.Store(true)
}

// heard records that everything on the stream at a time has been read.
func (f *freshness) heard(at time.Duration) {
	raise(&f.last, at-relayTime)
}

func raise(to *atomic.Int64, at time.Duration) {
	for {
		last := to.Load()
		if int64(at) <= last || to.CompareAndSwap(last, int64(at)) {
			return
		}
	}
}

func (f *freshness) current() bool { return f.loaded.Load() && f.age() <= maxStale }

// age returns how long ago the memory was last complete. Until the stream or the table has
// been read it is the full elapsed time, which exceeds any limit.
func (f *freshness) age() time.Duration { return f.elapsed() - time.Duration(f.last.Load()) }

// complete returns until when everything in force on any node has been read.
func (f *freshness) complete() time.Duration { return time.Duration(f.last.Load()) }

// readUntil returns the database time, in Unix milliseconds, up to which the table has been
// read.
func (f *freshness) readUntil() int64 { return f.databaseAt(time.Duration(f.table.Load())) }

// databaseNow returns the database time in Unix milliseconds, or a little less. databaseAt
// returns it for a point in elapsed time.
func (f *freshness) databaseNow() int64 { return f.databaseAt(f.elapsed()) }

func (f *freshness) databaseAt(at time.Duration) int64 { return f.database.Load() + at.Milliseconds() }
