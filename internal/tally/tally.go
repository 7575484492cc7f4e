// Package tally counts events by ten minutes, hour and day for the administrators' charts:
// requested codes, sent messages, used codes, sign-ins, the price of messages and what limits
// refused. It stores numbers only, and nothing about persons.
//
// A process counts in memory and adds its counts to the table periodically, so that no request
// waits. Counts that the database does not accept are kept, up to a bound, and added later. A
// batch whose response was lost is not added twice. A process that is killed loses the counts
// of the last seconds.
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

// The kinds of counts. docs/admin.md describes their labels.
const (
	Asked   Kind = "asked"
	Failed  Kind = "failed"
	Refused Kind = "refused"
	Sent    Kind = "sent"
	SignIns Kind = "sign_in"
	// Spend is in micro-USD.
	Spend Kind = "spend"
	Used  Kind = "used"
)

// Kinds lists all kinds.
var Kinds = []Kind{Asked, Failed, Refused, Sent, SignIns, Spend, Used}

const (
	// Every is how often a process writes.
	Every = 10 * time.Second
	// maxPending bounds the counts that wait while the database is unavailable: those of several
	// days of a typical service.
	maxPending = 20_000
	// maxBatch bounds the counts of one transaction.
	maxBatch     = 1000
	writeTimeout = 5 * time.Second
	quietMillis  = 60_000
	// other replaces a label that is too long or has unexpected characters.
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
		// Retention is how long days are kept; 0 means forever. Shorter spans are kept at most
		// as long, see spans.
		Retention time.Duration
		Now       func() time.Time
		Rand      io.Reader
	}

	// Tally counts. It is safe for concurrent use.
	Tally struct {
		Options
		// writer is the id of this process's row.
		writer string
		log    *logx.LessLogger

		mu      sync.Mutex
		pending map[count]int64

		// writing is held during a write.
		writing sync.Mutex
		// batch is being added and may have been added; number identifies it.
		batch  map[count]int64
		number int64
	}

	// count identifies a number. begin is that of the ten minutes, in Unix seconds.
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
		Options: o, writer: writerID(o.Now(), hex.EncodeToString(id[:])), pending: map[count]int64{},
		log: logx.NewLessLogger(quietMillis),
	}, nil
}

// Add adds n to a count.
func (t *Tally) Add(kind Kind, label string, n int64) {
	if n == 0 {
		return
	}
	c := count{begin: spans[0].begin(t.Now().Unix()), kind: kind, label: plain(label)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.pending[c]; !known && len(t.pending) >= maxPending {
		dropped.Inc()
		return
	}
	t.pending[c] += n
}

// Run writes periodically until ctx ends.
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

// Flush writes all counts. Those that it cannot write are kept.
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

// take makes pending counts the next batch; it returns false if there are none.
func (t *Tally) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.pending) == 0 {
		return false
	}
	if len(t.pending) <= maxBatch {
		t.batch, t.pending = t.pending, map[count]int64{}
	} else {
		t.batch = make(map[count]int64, maxBatch)
		for c, n := range t.pending {
			t.batch[c] = n
			if len(t.batch) == maxBatch {
				break
			}
		}
		maps.DeleteFunc(t.pending, func(c count, _ int64) bool { _, taken := t.batch[c]; return taken })
	}
	t.number++
	return true
}

// write adds the batch to the table for each span.
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

// plain returns a label that is safe in an id.
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
