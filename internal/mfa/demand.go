package mfa

import (
	"context"
	"time"

	"user-api/internal/apperr"
)

// Require records that a user needs a second factor, and returns since when; only the first call
// sets it. It fails with apperr.SessionEnded if the user does not exist.
func (f *Factors) Require(ctx context.Context, userID int64, now time.Time) (time.Time, error) {
	since, err := f.Table.Require(ctx, userID, now.UnixMilli())
	if err != nil {
		return time.Time{}, writeError(err)
	}
	return at(since), nil
}

// Proven clears the consecutive failures after the user has shown another second factor.
func (f *Factors) Proven(ctx context.Context, userID int64) error {
	return apperr.DownIf(f.Table.ResetFailures(ctx, userID))
}

// ScheduleReset schedules the removal of the factors, see Reset. An earlier schedule stays as it
// is. It fails with apperr.SessionEnded if the user does not exist.
func (f *Factors) ScheduleReset(ctx context.Context, userID int64, due time.Time) error {
	return writeError(f.Table.AskReset(ctx, userID, due.UnixMilli(), f.Now().UnixMilli()))
}

// CancelReset cancels a scheduled reset. It fails with apperr.NotFound if there is none.
func (f *Factors) CancelReset(ctx context.Context, userID int64) error {
	stopped, err := f.Table.StopReset(ctx, userID)
	switch {
	case err != nil:
		return apperr.Down(err)
	case !stopped:
		return apperr.New(apperr.NotFound)
	}
	return nil
}

// Reset removes the factors if a reset is due, and reports whether it did. Of concurrent calls only
// one does, and none after CancelReset.
func (f *Factors) Reset(ctx context.Context, userID int64) (bool, error) {
	return apperr.ResultOrDown(f.Users.RemoveTotp(ctx, userID, f.Now().UnixMilli()))
}
