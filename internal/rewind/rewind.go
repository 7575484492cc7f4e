// Package rewind notices that Redis has gone back in time: it was restarted from an
// old dump, put back from a copy, or replaced by a replica that lagged. A Redis that
// answers from the past looks like one that is well: used codes work again, limits are
// open, and rows are cached that are no more.
//
// Each node raises a mark in Redis by one, once a second, and remembers what it was.
// A Redis that holds less than that has gone back. The mark is kept in the database as
// well, for a node that starts. What a node cannot see is the last second before the
// loss, which no mark tells. In a cluster each master may go back by itself, so there
// are several marks, spread over the slots.
package rewind

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"
)

const (
	// markLife outlives all that is counted.
	markLife = 90 * 24 * time.Hour
	// ahead is how far a mark is raised once a loss is dealt with, beyond what any node
	// has seen, so that no other node deals with it once more.
	ahead = 1_000_000
	// keepEvery is how many passes lie between two writes to the database.
	keepEvery = 10
	// mainPart is that of challenges and limits, and alone where there is no cluster.
	mainPart = "{ua}"
	parts    = 16
)

var (
	//go:embed lua/mark.lua
	markLua string
	//go:embed lua/raise.lua
	raiseLua string

	markScript  = redis.NewScript(markLua)
	raiseScript = redis.NewScript(raiseLua)
)

type (
	// Marks keeps marks where they outlive Redis and all nodes.
	Marks interface {
		// Newest returns them by id.
		Newest(ctx context.Context) (map[string]int64, error)
		// Raise keeps one, unless a greater one is there.
		Raise(ctx context.Context, id string, n int64) error
	}

	// Options configure a Watch.
	Options struct {
		Redis redis.UniversalClient
		Marks Marks
		// Lost is told that Redis knows nothing of what came after a time, by the clock
		// of some node; zero says that it knows nothing at all. After an error it is told
		// again.
		Lost func(ctx context.Context, since time.Time) error
		Now  func() time.Time
	}

	// Watch compares marks. Its Pass is for one caller at a time.
	Watch struct {
		Options
		seen   map[string]int64
		known  bool // seen has what the database keeps
		passes int
	}
)

// New returns a Watch.
func New(o Options) *Watch {
	w := &Watch{Options: o, seen: map[string]int64{mainPart: 0}}
	if _, cluster := o.Redis.(*redis.ClusterClient); cluster {
		for i := range parts {
			w.seen[fmt.Sprintf("{%d}", i)] = 0
		}
	}
	return w
}

// Pass looks at every mark, deals with a loss, and raises the marks.
func (w *Watch) Pass(ctx context.Context) error {
	errs := []error{w.recall(ctx)}
	for part := range w.seen {
		errs = append(errs, w.look(ctx, part))
	}
	if w.passes++; w.passes%keepEvery == 0 {
		errs = append(errs, w.keep(ctx))
	}
	return errors.Join(errs...)
}

// look raises the mark of a part.
func (w *Watch) look(ctx context.Context, part string) error {
	key, seen := []string{"ua:mark:" + part}, w.seen[part]
	reply, err := markScript.Run(ctx, w.Redis, key, seen, w.Now().UnixMilli(), markLife.Milliseconds()).Int64Slice()
	if err != nil || len(reply) < 3 {
		return fmt.Errorf("rewind: mark: %w", err)
	}
	n, lost, at := reply[0], reply[1] == 1, reply[2]
	if !lost {
		w.seen[part] = n
		return nil
	}
	since := time.Time{}
	if at > 0 {
		since = time.UnixMilli(at)
	}
	logx.WithContext(ctx).Errorf("rewind: Redis has gone back in time: the mark is %d, and was %d; what came after %v is lost", n, seen, since)
	if err := w.Lost(ctx, since); err != nil {
		return err
	}
	n, err = raiseScript.Run(ctx, w.Redis, key, seen, w.Now().UnixMilli(), markLife.Milliseconds(), ahead).Int64()
	if err != nil {
		return fmt.Errorf("rewind: raise the mark: %w", err)
	}
	w.seen[part] = n
	return nil
}

// recall reads what the database keeps, until it has.
func (w *Watch) recall(ctx context.Context) error {
	if w.known {
		return nil
	}
	kept, err := w.Marks.Newest(ctx)
	if err != nil {
		return fmt.Errorf("rewind: marks: %w", err)
	}
	for part := range w.seen {
		w.seen[part] = max(w.seen[part], kept[part])
	}
	w.known = true
	return nil
}

func (w *Watch) keep(ctx context.Context) error {
	for part, n := range w.seen {
		if err := w.Marks.Raise(ctx, part, n); err != nil {
			return fmt.Errorf("rewind: keep the mark: %w", err)
		}
	}
	return nil
}
