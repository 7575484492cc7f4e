package revocation

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/periodic"
	"user-api/model"
)

const (
	// readEvery and streamEvery are the read intervals of the table and the stream.
	readEvery   = time.Second
	streamEvery = 200 * time.Millisecond
	// readTime bounds one read of the table.
	readTime = 3 * time.Second
	// overlap is how far each read reaches back beyond the previous one. A row carries the
	// time of its statement and becomes visible at commit, so this must be longer than a
	// transaction may last.
	overlap = 30 * time.Second
	// purgeEvery is how often old rows are deleted. Rows are kept for retention windows, for
	// the benefit of other readers.
	purgeEvery = time.Minute
	retention  = 4
	quiet      = 5000 // ms between two identical log lines
)

type (
	// Options configure a Feed.
	Options struct {
		Memory *Memory
		Table  model.RevocationModel
		// Redis carries the stream; nil if no other node shares it.
		Redis redis.UniversalClient
		// OnKeys, if not nil, becomes that of the Memory.
		OnKeys func()
	}

	// Feed keeps a Memory up to date.
	Feed struct {
		Options

		stream *stream // nil without Redis
		log    *logx.LessLogger
		// last is when the last complete read of the table began.
		last time.Duration
	}
)

// New returns a Feed.
func New(o Options) *Feed {
	if o.OnKeys != nil {
		o.Memory.OnKeys = o.OnKeys
	}
	f := &Feed{Options: o, log: logx.NewLessLogger(quiet)}
	if o.Redis != nil {
		f.stream = newStream(o.Redis, o.Memory.window)
	}
	return f
}

// Run keeps the memory up to date until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { f.followStream(ctx) })
	loops.Go(func() { f.purge(ctx) })
	// This has its own loop, because the others may hang with a store, and that is when the
	// metric matters.
	loops.Go(func() { periodic.Run(ctx, readEvery, nil, func() { age.Set(f.Memory.fresh.age().Seconds()) }) })
	periodic.Run(ctx, readEvery, nil, func() {
		if err := f.Read(ctx); err != nil && ctx.Err() == nil {
			f.log.Errorf("revocation: read the table: %v", err)
		}
	})
	loops.Wait()
}

// Read adds the entries of the table that may not be in memory. It must not be called
// concurrently with Run. It fails with apperr.Unavailable.
func (f *Feed) Read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	m := f.Memory
	began := m.fresh.elapsed()
	loaded := m.fresh.loaded.Load()
	within := m.window + overlap
	if loaded {
		within = min(within, began-f.last+overlap)
	}
	var news []*model.Revocation
	now, err := f.Table.Recent(ctx, within.Milliseconds(), func(page []*model.AgedRevocation) {
		found := m.read(page, began)
		if loaded {
			news = append(news, found...)
		}
	})
	if err != nil {
		return apperr.Down(err)
	}
	f.last = began
	m.fresh.read(began, now)
	// Another node wrote these. If it could not add them to the stream, nodes that can read
	// only the stream need them from here.
	m.outgoing.put(lasting(news))
	m.forget()
	return nil
}

func (f *Feed) followStream(ctx context.Context) {
	periodic.Run(ctx, streamEvery, f.Memory.outgoing.due, func() {
		if err := f.Relay(ctx); err != nil && ctx.Err() == nil {
			f.log.Errorf("revocation: stream: %v", err)
		}
	})
}

// Relay writes outgoing entries to the stream and reads those of others. A Redis that can be
// read but not written may be missing entries that others failed to write, so the memory
// counts as current only if both succeeded. Relay must not be called concurrently with Run.
func (f *Feed) Relay(ctx context.Context) error {
	began := f.Memory.fresh.elapsed()
	due := f.Memory.outgoing.take()
	if f.stream == nil {
		return nil
	}
	if err := f.stream.write(ctx, due); err != nil {
		f.Memory.outgoing.keep(lasting(due))
		return err
	}
	heard, complete, err := f.stream.read(ctx)
	if err != nil {
		return err
	}
	f.Memory.announced(heard)
	if complete {
		f.Memory.fresh.heard(began)
	}
	return nil
}

// lasting returns the entries that may be added to the stream late. The end of a session is
// final, but a role may have changed again.
func lasting(entries []*model.Revocation) []*model.Revocation {
	return slices.DeleteFunc(entries, func(e *model.Revocation) bool { return e.Reason == model.RoleChanged })
}

func (f *Feed) purge(ctx context.Context) {
	periodic.Run(ctx, purgeEvery, nil, func() {
		for {
			n, err := f.Table.Purge(ctx, retention*f.Memory.window.Milliseconds())
			if err != nil && ctx.Err() == nil {
				f.log.Errorf("revocation: purge: %v", err)
			}
			if err != nil || n == 0 {
				return
			}
		}
	})
}
