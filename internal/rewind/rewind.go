// Package rewind detects that Redis has gone back in time: it was restarted from an old
// dump, restored from a copy, or replaced by a lagging replica. Such a Redis looks healthy,
// but used codes work again, limits are open, and deleted rows are cached.
//
// Each node increments a mark in Redis once a second and remembers its value. A Redis with a
// smaller value has gone back. The mark is also stored in the database, for nodes that start
// later. What a node cannot see is a loss within the last second, which no mark records. In
// a cluster each master may go back separately, so there are several marks, spread over the
// slots.
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
	// markLife is longer than that of any counter.
	markLife = 90 * 24 * time.Hour
	// jump is how far a mark is raised after a loss has been handled, beyond what any node
	// has seen, so that no other node handles it again.
	jump = 1_000_000
	// storeEvery is the number of passes between two writes to the database.
	storeEvery = 10
	// mainPart holds challenges and limits. Without a cluster it is the only part.
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
	// Marks stores marks where they survive Redis and all nodes.
	Marks interface {
		// Newest returns the marks by id.
		All(ctx context.Context) (map[string]int64, error)
		// Raise stores a mark unless a greater one is stored.
		Raise(ctx context.Context, id string, n int64) error
	}

	// Options configure a Watch.
	Options struct {
		Redis redis.UniversalClient
		Marks Marks
		// Lost is called when Redis has lost everything after a time, by the clock of some
		// node; zero means that it has lost everything. After an error it is called again.
		Lost func(ctx context.Context, since time.Time) error
		Now  func() time.Time
	}

	// Watch compares marks. Pass must not be called concurrently.
	Watch struct {
		Options
		seen   map[string]int64
		known  bool // seen includes the values of the database
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

// Pass checks every mark, handles losses, and increments the marks.
func (w *Watch) Pass(ctx context.Context) error {
	errs := []error{w.load(ctx)}
	for part := range w.seen {
		errs = append(errs, w.check(ctx, part))
	}
	if w.passes++; w.passes%storeEvery == 0 {
		errs = append(errs, w.store(ctx))
	}
	return errors.Join(errs...)
}

// check checks and increments the mark of a part.
func (w *Watch) check(ctx context.Context, part string) error {
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
	logx.WithContext(ctx).Errorf("rewind: Redis has gone back in time: the mark is %d, was %d; everything after %v is lost", n, seen, since)
	if err := w.Lost(ctx, since); err != nil {
		return err
	}
	n, err = raiseScript.Run(ctx, w.Redis, key, seen, w.Now().UnixMilli(), markLife.Milliseconds(), jump).Int64()
	if err != nil {
		return fmt.Errorf("rewind: raise the mark: %w", err)
	}
	w.seen[part] = n
	return nil
}

// load reads the marks of the database, until it has succeeded once.
func (w *Watch) load(ctx context.Context) error {
	if w.known {
		return nil
	}
	kept, err := w.Marks.All(ctx)
	if err != nil {
		return fmt.Errorf("rewind: marks: %w", err)
	}
	for part := range w.seen {
		w.seen[part] = max(w.seen[part], kept[part])
	}
	w.known = true
	return nil
}

func (w *Watch) store(ctx context.Context) error {
	for part, n := range w.seen {
		if err := w.Marks.Raise(ctx, part, n); err != nil {
			return fmt.Errorf("rewind: store the mark: %w", err)
		}
	}
	return nil
}
