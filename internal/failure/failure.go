// Package failure persists the counters of wrong codes per address, one row for each
// address that has any. A Redis that lost its counters restores them one address at a time,
// with a read of one key, so the effort depends on current requests rather than on history.
//
// A row holds absolute counts and a revision assigned by Redis, so it may be written late,
// twice or out of order. Rows are written in the background, see package batch: a wrong
// code does not delay its request, and during a flood on one address each batch writes one
// row. A killed process loses the rows of the last moment; the next wrong code writes the
// full counts.
package failure

import (
	"context"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/batch"
	"user-api/internal/otp"
	"user-api/model"
)

const purgeBatch = 500

var _ otp.Failures = (*Keeper)(nil)

type (
	// Options configures a Keeper.
	Options struct {
		Rows model.FailureModel
		Now  func() time.Time
	}

	// Keeper persists the counters. It is safe for concurrent use.
	Keeper struct {
		Options
		writer *batch.Writer[*model.Failure]
	}
)

// New returns a Keeper. End it with Drain.
func New(o Options) *Keeper {
	k := &Keeper{Options: o}
	k.writer = batch.New(batch.Options[*model.Failure]{Name: "failure", Write: k.write})
	return k
}

// Drain writes pending rows; later ones are dropped.
func (k *Keeper) Drain(ctx context.Context) error { return k.writer.Drain(ctx) }

// Any implements otp.Failures.
func (k *Keeper) Any(ctx context.Context) (bool, error) {
	some, err := k.Rows.Any(ctx)
	if err != nil {
		return false, apperr.Down(err)
	}
	return some, nil
}

// Find implements otp.Failures. If there are two names, the row that was changed last
// includes the counts of both nodes.
func (k *Keeper) Find(ctx context.Context, names ...string) (otp.FailureCounts, error) {
	rows, err := k.Rows.Find(ctx, names...)
	if err != nil {
		return otp.FailureCounts{}, apperr.Down(err)
	}
	var newest otp.FailureCounts
	for _, r := range rows {
		if r.Rev >= newest.Rev {
			newest = otp.FailureCounts{Rev: r.Rev, InARow: r.InARow, Hour: r.Hour, HourEnds: r.HourEnds, Day: r.Day, DayEnds: r.DayEnds, Last: r.Last, Expires: r.Expires}
		}
	}
	return newest, nil
}

// Keep implements otp.Failures.
func (k *Keeper) Keep(name string, f otp.FailureCounts) {
	k.writer.Add(&model.Failure{
		Address: name, Rev: f.Rev, InARow: f.InARow, Hour: f.Hour, HourEnds: f.HourEnds, Day: f.Day, DayEnds: f.DayEnds, Last: f.Last, Expires: f.Expires,
	})
}

// Purge deletes rows without current counts and returns their number.
func (k *Keeper) Purge(ctx context.Context) (purged int, err error) {
	for {
		n, err := k.Rows.Purge(ctx, k.Now().UnixMilli(), purgeBatch)
		purged += n
		if err != nil || n < purgeBatch {
			return purged, err
		}
	}
}

// write stores the last revision of each address in a batch.
func (k *Keeper) write(ctx context.Context, changes []*model.Failure) error {
	last := map[string]*model.Failure{}
	for _, c := range changes {
		known := last[c.Address]
		if known != nil && known.Rev > c.Rev {
			known, c = c, known
		}
		if known != nil {
			c.Last = max(c.Last, known.Last)
		}
		last[c.Address] = c
	}
	rows := make([]*model.Failure, 0, len(last))
	for _, row := range last {
		rows = append(rows, row)
	}
	return k.Rows.Put(ctx, rows)
}
