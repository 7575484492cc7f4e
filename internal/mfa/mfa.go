// Package mfa manages the second factors TOTP (RFC 6238) and recovery codes. Which sign-in requires
// them is up to package signin.
//
//	Enroll, Confirm         a secret for an authenticator app, pending until a code of it is shown
//	CheckTotp               a code of the app; each time step is accepted only once on all nodes
//	UseRecovery             a recovery code, each once
//	Require, ScheduleReset  since when a factor is required, and how it is removed
//
// The database decides everything that may happen only once, by conditional updates, and counts
// every attempt before a code is compared. Redis is not used. Times are from the clock that all
// nodes share, see package clock.
package mfa

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/internal/metrics"
	"user-api/model"
)

// tries counts all attempts by result.
var tries = metrics.Counter("user_api_second_factor_tries_total",
	"codes submitted as a second factor, by outcome: right, wrong, replayed, or limited before a comparison", "factor", "outcome")

// Labels: the factors and the results of an attempt.
const (
	factorTotp     = "totp"
	factorRecovery = "recovery_code"

	outcomeRight    = "right"
	outcomeWrong    = "wrong"
	outcomeReplayed = "replayed"
	outcomeLimited  = "limited"
)

type (
	// Options configure Factors.
	Options struct {
		Table model.MfaModel
		Codes model.RecoveryCodeModel
		// Users changes the factors, which invalidates open proofs of the user.
		Users model.UserFactors
		Ring  *keyring.Ring
		// Issuer is the name of the service shown by authenticator apps.
		Issuer string
		Now    func() time.Time
		Rand   io.Reader
	}

	// Factors manages the second factors of all users. It is safe for concurrent use.
	Factors struct {
		Options
		// marks identify the peppers of the ring, the current one first.
		marks []string
		// matches compares a code with that of a time step.
		matches func(secret []byte, step int64, code string) bool
	}

	// State describes the factors of a user.
	State struct {
		// Totp means that TOTP is confirmed, since TotpSince.
		Totp      bool
		TotpSince time.Time
		// RecoveryCodes is the number of unused recovery codes.
		RecoveryCodes int
		// Required is since when a factor is required; zero if it is not.
		Required time.Time
		// ResetDue is when the factors will be removed; zero if no reset is scheduled.
		ResetDue time.Time
	}
)

// New returns Factors.
func New(o Options) (*Factors, error) {
	macs, err := o.Ring.MACs("mark of totp secrets")
	if err != nil {
		return nil, err
	}
	f := &Factors{Options: o, matches: matches}
	for _, mac := range macs {
		f.marks = append(f.marks, fmt.Sprintf("%x", mac.Sum()[:8]))
	}
	return f, nil
}

// State reads the state of a user. Like all methods it fails with apperr.Unavailable if the
// database does.
func (f *Factors) State(ctx context.Context, userID int64) (State, error) {
	row, err := f.Table.FindOne(ctx, userID)
	if errors.Is(err, model.ErrNotFound) {
		return State{}, nil
	}
	if err != nil {
		return State{}, apperr.Down(err)
	}
	s := State{Totp: row.Confirmed > 0, TotpSince: at(row.Confirmed), Required: at(row.Required), ResetDue: at(row.ResetDue)}
	if s.Totp {
		if s.RecoveryCodes, err = f.Codes.Left(ctx, userID); err != nil {
			return State{}, apperr.Down(err)
		}
	}
	return s, nil
}

// Remove removes TOTP and the recovery codes of a user, invalidates open codes and notifies other
// nodes. It reports whether there was anything to remove; of concurrent calls only one returns
// true.
func (f *Factors) Remove(ctx context.Context, userID int64) (bool, error) {
	return apperr.ResultOrDown(f.Users.RemoveTotp(ctx, userID, 0))
}

// Rows returns all stored data of a user for an export: the row, or nil if there is none, and the
// recovery codes.
func (f *Factors) Rows(ctx context.Context, userID int64) (*model.Mfa, []*model.RecoveryCode, error) {
	row, err := f.Table.FindOne(ctx, userID)
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, apperr.Down(err)
	}
	codes, err := f.Codes.OfUser(ctx, userID)
	if err != nil {
		return nil, nil, apperr.Down(err)
	}
	return row, codes, nil
}

// writeError translates the error of a write: apperr.SessionEnded if the user does not exist.
func writeError(err error) error {
	switch {
	case err == nil:
		return nil
	case model.Orphan(err):
		return apperr.New(apperr.SessionEnded)
	}
	return apperr.Down(err)
}

// at converts Unix milliseconds; 0 means the zero time.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
