package mfa

import (
	"context"
	"time"

	"user-api/internal/apperr"
)

// Demanded notes that a second factor is demanded of a user, and returns since when one
// is: the first time counts. Fails with apperr.SessionEnded where the user is gone.
func (f *Factors) Demanded(ctx context.Context, userID int64, now time.Time) (time.Time, error) {
	since, err := f.Table.Require(ctx, userID, now.UnixMilli())
	if err != nil {
		return time.Time{}, gone(err)
	}
	return at(since), nil
}

// Proven ends the failures in a row: the user has shown another second factor.
func (f *Factors) Proven(ctx context.Context, userID int64) error {
	return apperr.DownIf(f.Table.Proven(ctx, userID))
}

// AskReset notes that the factors are to be taken away at a time, see Reset. One that is
// noted already stays. Fails with apperr.SessionEnded where the user is gone.
func (f *Factors) AskReset(ctx context.Context, userID int64, due time.Time) error {
	return gone(f.Table.AskReset(ctx, userID, due.UnixMilli(), f.Now().UnixMilli()))
}

// StopReset takes back what AskReset has noted. Fails with apperr.NotFound where nothing
// is noted.
func (f *Factors) StopReset(ctx context.Context, userID int64) error {
	stopped, err := f.Table.StopReset(ctx, userID)
	switch {
	case err != nil:
		return apperr.Down(err)
	case !stopped:
		return apperr.New(apperr.NotFound)
	}
	return nil
}

// Reset takes the factors away if that was asked for and is due, and reports whether it
// did: of any number of calls one does, and none after StopReset.
func (f *Factors) Reset(ctx context.Context, userID int64) (bool, error) {
	return apperr.ResultOrDown(f.Users.RemoveTotp(ctx, userID, f.Now().UnixMilli()))
}
