// Package failure keeps how many wrong codes were given for an address in a table of
// its own, a row for each address that has any, so that a Redis which has lost its
// counts is given them again one address at a time, by a read of one key: what that
// takes is bounded by who asks, not by history.
//
// A row holds absolute counts and a revision that Redis counts, so it may be written
// late, twice or out of order. Rows are written in the background, see package batch:
// a wrong code costs its request nothing, and of a flood at one address each batch
// writes one row. A process that is killed loses what it held, which is what came in
// the last moment, and the next wrong code writes all of it.
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
	// Options configure a Keeper.
	Options struct {
		Rows model.FailureModel
		Now  func() time.Time
	}

	// Keeper keeps the counts of addresses. It is safe for concurrent use.
	Keeper struct {
		Options
		writer *batch.Writer[*model.Failure]
	}
)

// New returns a Keeper, which ends with Drain.
func New(o Options) *Keeper {
	k := &Keeper{Options: o}
	k.writer = batch.New(batch.Options[*model.Failure]{Name: "failure", Write: k.write})
	return k
}

// Drain writes what is kept so far; nothing is kept afterwards.
func (k *Keeper) Drain(ctx context.Context) error { return k.writer.Drain(ctx) }

// Any implements otp.Failures.
func (k *Keeper) Any(ctx context.Context) (bool, error) {
	some, err := k.Rows.Any(ctx)
	if err != nil {
		return false, apperr.Down(err)
	}
	return some, nil
}

// Find implements otp.Failures. Of two names the row that was changed last holds
// what both nodes have counted.
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

// Purge deletes the rows of which nothing counts any more, and says how many.
func (k *Keeper) Purge(ctx context.Context) (purged int, err error) {
	for {
		n, err := k.Rows.Purge(ctx, k.Now().UnixMilli(), purgeBatch)
		purged += n
		if err != nil || n < purgeBatch {
			return purged, err
		}
	}
}

// write stores of each address the last revision of a batch.
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
