package tally

import (
	"cmp"
	"context"
	"slices"
	"time"

	"user-api/internal/apperr"
)

const (
	// MaxLabels is how many labels of a kind are returned; the others are summed up.
	MaxLabels = 20
	// readBatch bounds one read.
	readBatch = 20_000
	// flushTime is how long Read waits for a flush.
	flushTime  = time.Second
	purgeBatch = 500
)

// Series are the numbers of a kind and label, one per span of a time range.
type Series struct {
	Kind   Kind
	Label  string
	Points []int64
}

// Read returns what all nodes have counted from one time until before another, which must be
// multiples of step, by kind and, within a kind, the greatest first. Counts of this node are
// complete, those of other nodes are seconds behind. It fails with apperr.Unavailable, and with
// apperr.InvalidRequest if step is not a span.
func (t *Tally) Read(ctx context.Context, from, to time.Time, step time.Duration) ([]Series, error) {
	s, ok := spanOf(step)
	if !ok {
		return nil, apperr.New(apperr.InvalidRequest).WithField("step")
	}
	t.flushSoon(ctx)
	points := map[Kind]map[string][]int64{}
	for next, before := s.from(from.Unix()), s.from(to.Unix()); next != ""; {
		rows, err := t.Rows.Range(ctx, next, before, readBatch)
		if err != nil {
			return nil, apperr.Down(err)
		}
		for _, row := range rows {
			if c, ok := s.read(row.Id); ok {
				c.addTo(points, int(to.Sub(from)/step), int((c.begin-from.Unix())/int64(step.Seconds())), row.N)
			}
		}
		if next = ""; len(rows) == readBatch {
			next = rows[readBatch-1].Id + "!" // the next id in order
		}
	}
	series := []Series{}
	for _, kind := range Kinds {
		series = append(series, greatest(kind, points[kind])...)
	}
	return series, nil
}

// addTo adds n to point at of of points.
func (c count) addTo(points map[Kind]map[string][]int64, of, at int, n int64) {
	if points[c.kind] == nil {
		points[c.kind] = map[string][]int64{}
	}
	if points[c.kind][c.label] == nil {
		points[c.kind][c.label] = make([]int64, of)
	}
	points[c.kind][c.label][at] += n
}

// flushSoon writes what this node has counted, best effort.
func (t *Tally) flushSoon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	if err := t.Flush(ctx); err != nil {
		t.log.Errorf("tally: %v", err)
	}
}

// greatest returns the series of a kind with the greatest sums, and one for all others.
func greatest(kind Kind, byLabel map[string][]int64) []Series {
	var all []Series
	for label, points := range byLabel {
		if label != other {
			all = append(all, Series{kind, label, points})
		}
	}
	slices.SortFunc(all, func(a, b Series) int {
		return cmp.Or(cmp.Compare(sum(b.Points), sum(a.Points)), cmp.Compare(a.Label, b.Label))
	})
	rest := byLabel[other]
	for len(all) > MaxLabels {
		last := all[len(all)-1].Points
		all = all[:len(all)-1]
		if rest == nil {
			rest = make([]int64, len(last))
		}
		for i, n := range last {
			rest[i] += n
		}
	}
	if rest != nil {
		all = append(all, Series{kind, other, rest})
	}
	return all
}

func sum(points []int64) (total int64) {
	for _, n := range points {
		total += n
	}
	return total
}

// Purge deletes expired counts and returns their number.
func (t *Tally) Purge(ctx context.Context) (purged int, err error) {
	for _, s := range spans {
		keep := t.Retention
		if s.keep > 0 && (keep <= 0 || s.keep < keep) {
			keep = s.keep
		}
		if keep <= 0 {
			continue
		}
		n, err := t.purge(ctx, s.from(0), s.from(t.Now().Add(-keep).Unix()))
		purged += n
		if err != nil {
			return purged, err
		}
	}
	n, err := t.purge(ctx, writers+".", writerID(t.Now().Add(-keepWriter), ""))
	return purged + n, err
}

func (t *Tally) purge(ctx context.Context, from, before string) (purged int, err error) {
	for {
		n, err := t.Rows.Purge(ctx, from, before, purgeBatch)
		purged += n
		if err != nil || n < purgeBatch {
			return purged, err
		}
	}
}
