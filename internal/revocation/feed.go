package revocation

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/model"
)

const (
	// readEvery and streamEvery are how often the table and the stream are read.
	readEvery   = time.Second
	streamEvery = 200 * time.Millisecond
	// readTime bounds one reading of the table.
	readTime = 3 * time.Second
	// overlap is how far each reading goes back beyond the one before. A row has the
	// time of its statement and becomes visible with the commit, so this is longer
	// than a transaction may last.
	overlap = 30 * time.Second
	// purgeEvery is how often old rows are deleted, and kept is for how many windows
	// they stay, for whoever else reads them.
	purgeEvery = time.Minute
	kept       = 4
	quiet      = 5000 // ms between two lines of the log about the same
)

type (
	// Options configure a Feed.
	Options struct {
		Memory *Memory
		Table  model.RevocationModel
		// Redis carries the stream; nil where no other node shares it.
		Redis redis.UniversalClient
		// OnKeys is that of the Memory, which has none then; nil leaves it alone.
		OnKeys func()
	}

	// Feed keeps a Memory up to date.
	Feed struct {
		Options

		stream *stream // nil without Redis
		log    *logx.LessLogger
		// last is when the last complete reading of the table began.
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
	// A loop of its own: the others may hang with a store, and then it matters.
	loops.Go(func() { each(ctx, readEvery, nil, func() { age.Set(f.Memory.fresh.age().Seconds()) }) })
	each(ctx, readEvery, nil, func() {
		if err := f.Read(ctx); err != nil && ctx.Err() == nil {
			f.log.Errorf("revocation: read the table: %v", err)
		}
	})
	loops.Wait()
}

// Read takes in what the table has that may not be in memory. It is not to be called
// beside Run. Fails with apperr.Unavailable.
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
	// Another node wrote these. If it could not put them on the stream, a node that
	// has nothing but the stream needs them from here.
	m.outgoing.put(lasting(news))
	m.forget()
	return nil
}

func (f *Feed) followStream(ctx context.Context) {
	each(ctx, streamEvery, f.Memory.outgoing.due, func() {
		if err := f.Relay(ctx); err != nil && ctx.Err() == nil {
			f.log.Errorf("revocation: stream: %v", err)
		}
	})
}

// Relay writes to the stream what is due and takes in what others wrote. A Redis that
// could be read and not written says nothing of what others wanted to write, so the
// memory counts as current only when both were done. It is not to be called beside
// Run.
func (f *Feed) Relay(ctx context.Context) error {
	began := f.Memory.fresh.elapsed()
	due := f.Memory.outgoing.take()
	if f.stream == nil {
		return nil
	}
	if err := f.stream.write(ctx, due); err != nil {
		f.Memory.outgoing.put(lasting(due))
		return err
	}
	heard, complete, err := f.stream.read(ctx)
	if err != nil {
		return err
	}
	f.Memory.hear(heard)
	if complete {
		f.Memory.fresh.heard(began)
	}
	return nil
}

// lasting are the entries that may be put on the stream late: an end stays one, and a
// role may have changed again.
func lasting(entries []*model.Revocation) []*model.Revocation {
	return slices.DeleteFunc(entries, func(e *model.Revocation) bool { return e.Reason == model.RoleChanged })
}

func (f *Feed) purge(ctx context.Context) {
	each(ctx, purgeEvery, nil, func() {
		for {
			n, err := f.Table.Purge(ctx, kept*f.Memory.window.Milliseconds())
			if err != nil && ctx.Err() == nil {
				f.log.Errorf("revocation: purge: %v", err)
			}
			if err != nil || n == 0 {
				return
			}
		}
	})
}

// each calls do at once, then every so often and whenever it is due, until ctx ends.
func each(ctx context.Context, every time.Duration, due <-chan struct{}, do func()) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-due:
		}
	}
}
