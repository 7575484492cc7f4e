package revocation

import (
	"sync/atomic"
	"time"
)

const (
	// maxStale is how old what is in memory may be: the promise of the service is that
	// an end is in force everywhere within 5 s.
	maxStale = 5 * time.Second
	// relayTime is what a node may take to put on the stream what it has committed.
	relayTime = time.Second
)

// freshness is until when the memory is known to be complete.
type freshness struct {
	elapsed func() time.Duration
	// loaded is set once the table was read to its end: before that nothing else
	// counts, since the stream holds less.
	loaded atomic.Bool
	// last is as elapsed tells it. What another node has committed counts as missing until
	// that had time to put it on the stream.
	last atomic.Int64
	// table is as last, by the table alone.
	table atomic.Int64
	// database is the clock of the database less elapsed, in milliseconds.
	database atomic.Int64
}

// read says that everything committed before a time has been read from the table, and
// that it was now by the clock of the database then or later.
func (f *freshness) read(at time.Duration, now int64) {
	f.database.Store(now - f.elapsed().Milliseconds())
	raise(&f.last, at)
	raise(&f.table, at)
	f.loaded.Store(true)
}

// heard says that everything on the stream by a time has been read.
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

// age is since when there may be something that was not read. Until the stream or the
// table was read it is all of the clock's time, which is more than any limit.
func (f *freshness) age() time.Duration { return f.elapsed() - time.Duration(f.last.Load()) }

// complete is until when everything that was in force on any node has been read.
func (f *freshness) complete() time.Duration { return time.Duration(f.last.Load()) }

// readUntil is up to which time of the database everything has been read from the table,
// in Unix milliseconds.
func (f *freshness) readUntil() int64 { return f.databaseAt(time.Duration(f.table.Load())) }

// databaseNow is the time by the clock of the database, in Unix milliseconds, or a
// little before; databaseAt is what it was at a time as elapsed tells it.
func (f *freshness) databaseNow() int64 { return f.databaseAt(f.elapsed()) }

func (f *freshness) databaseAt(at time.Duration) int64 { return f.database.Load() + at.Milliseconds() }
