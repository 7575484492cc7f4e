// Package tally counts what happens, by the ten minutes, the hour and the day, so that
// an administrator can be shown how it went: codes asked for, messages sent, codes
// used, sign-ins, what messages cost and what limits refused. Numbers alone are kept:
// nothing of whom they are about.
//
// A process counts in memory and adds what it has counted to the table now and then,
// so that no request waits for it. What the database does not take is kept, up to a
// bound, and added later. A batch whose answer was lost is not added twice. A
// process that is killed loses what it had not written, which is what came within
// the last seconds.
package tally

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"user-api/internal/metrics"

	"user-api/model"
)

// What is counted. What the label of each is, docs/admin.md says.
const (
	Asked   Kind = "asked"
	Failed  Kind = "failed"
	Refused Kind = "refused"
	Sent    Kind = "sent"
	SignIns Kind = "sign_in"
	// Spend is in millionths of a US dollar.
	Spend Kind = "spend"
	Used  Kind = "used"
)

// Kinds lists them all.
var Kinds = []Kind{Asked, Failed, Refused, Sent, SignIns, Spend, Used}

const (
	// Every is how often a process writes.
	Every = 10 * time.Second
	// maxHeld bounds the counts that wait for a database which is away: some days of
	// those of a usual service.
	maxHeld = 20_000
	// maxBatch bounds what is added in one transaction.
	maxBatch     = 1000
	writeTimeout = 5 * time.Second
	quietMillis  = 60_000
	// other is the label of what has too long or too odd a one.
	other    = "other"
	maxLabel = 32
)

var dropped = metrics.Counter("user_api_tally_dropped_total",
	"counts for the administrators' charts that were dropped, because the database was unavailable for too long")

type (
	// Kind is what is counted.
	Kind string

	// Options configure a Tally.
	Options struct {
		Rows model.TallyModel
		// Retention is how long days are kept; 0 is for good. Shorter spans are kept as
		// long at most, see spans.
		Retention time.Duration
		Now       func() time.Time
		Rand      io.Reader
	}

	// Tally counts. It is safe for concurrent use.
	Tally struct {
		Options
		// writer is the id of this process's own row.
		writer string
		log    *logx.LessLogger

		mu   sync.Mutex
		held map[count]int64

		// writing is held by whoever writes.
		writing sync.Mutex
		// batch is what was to be added and may have been, number is its own.
		batch  map[count]int64
		number int64
	}

	// count names a number. begin is that of the ten minutes, in Unix seconds.
	count struct {
		begin int64
		kind  Kind
		label string
	}
)

// New returns a Tally.
func New(o Options) (*Tally, error) {
	var id [8]byte
	if _, err := io.ReadFull(o.Rand, id[:]); err != nil {
		return nil, fmt.Errorf("tally: %w", err)
	}
	return &Tally{
		Options: o, writer: writerID(o.Now(), hex.EncodeToString(id[:])), held: map[count]int64{},
		log: logx.NewLessLogger(quietMillis),
	}, nil
}

// Add counts n of a kind.
func (t *Tally) Add(kind Kind, label string, n int64) {
	if n == 0 {
		return
	}
	c := count{begin: spans[0].begin(t.Now().Unix()), kind: kind, label: plain(label)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.held[c]; !known && len(t.held) >= maxHeld {
		dropped.Inc()
		return
	}
	t.held[c] += n
}

// Run writes now and then until ctx ends.
func (t *Tally) Run(ctx context.Context) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := t.Flush(ctx); err != nil && ctx.Err() == nil {
				t.log.Errorf("tally: %v", err)
			}
		}
	}
}

// Flush writes what is counted so far. What it cannot write is kept.
func (t *Tally) Flush(ctx context.Context) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	for {
		if len(t.batch) == 0 && !t.take() {
			return nil
		}
		if err := t.write(ctx); err != nil {
			return err
		}
		t.batch = nil
	}
}

// take makes a part of what is held the next batch; false where nothing is held.
func (t *Tally) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.held) == 0 {
		return false
	}
	if len(t.held) <= maxBatch {
		t.batch, t.held = t.held, map[count]int64{}
	} else {
		t.batch = make(map[count]int64, maxBatch)
		for c, n := range t.held {
			t.batch[c] = n
			if len(t.batch) == maxBatch {
				break
			}
		}
		maps.DeleteFunc(t.held, func(c count, _ int64) bool { _, taken := t.batch[c]; return taken })
	}
	t.number++
	return true
}

// write adds the batch to the table, in each span.
func (t *Tally) write(ctx context.Context) error {
	counts := map[string]int64{}
	for c, n := range t.batch {
		for _, s := range spans {
			counts[s.id(s.begin(c.begin), c.kind, c.label)] += n
		}
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return t.Rows.Add(ctx, t.writer, t.number, counts)
}

// plain is a label as it stands in an id.
func plain(label string) string {
	if label == "" || len(label) > maxLabel {
		return other
	}
	for _, c := range []byte(label) {
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return other
		}
	}
	return label
}
