// Package mfa keeps the second factors that a user knows or holds beside the first: TOTP
// (RFC 6238) and recovery codes. Which sign-in asks for them is signin's business.
//
//	Enrol, Confirm    a secret for an authenticator app, which waits until a code of it is shown
//	CheckTotp         a code of the app: a time step is accepted once, whichever node is asked
//	UseRecovery       a recovery code, each once
//	Demanded, AskReset, Reset   since when a factor is demanded, and how it is taken away
//
// The database decides all that happens once, by conditional updates, and counts every try
// before it compares anything. Redis is not asked. Times are of the one clock that all
// nodes go by, see package clock.
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

// tries counts what became of every code that was tried.
var tries = metrics.Counter("user_api_second_factor_tries_total",
	"codes submitted as a second factor, by outcome: right, wrong, replayed, or limited before a comparison", "factor", "outcome")

// The factors, and what became of a try.
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
		// Users changes the factors themselves, which ends proofs of the user.
		Users model.UserFactors
		Ring  *keyring.Ring
		// Issuer is the name of the app, as authenticator apps show it.
		Issuer string
		Now    func() time.Time
		Rand   io.Reader
	}

	// Factors are the second factors of all users. It is safe for concurrent use.
	Factors struct {
		Options
		// marks tell the peppers of the ring apart, the current one first.
		marks []string
		// matches compares a code with that of a time step.
		matches func(secret []byte, step int64, code string) bool
	}

	// State is what a user has.
	State struct {
		// Totp says that TOTP is confirmed, since TotpSince.
		Totp      bool
		TotpSince time.Time
		// RecoveryCodes are those that are left.
		RecoveryCodes int
		// Required is since when a factor is demanded; zero is never.
		Required time.Time
		// ResetDue is when the factors are taken away; zero where nobody asked for that.
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

// State reads what a user has. Fails with apperr.Unavailable, as all the others do.
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

// Remove takes TOTP and the recovery codes from a user. Open codes of the user become
// void, and other nodes are told.
func (f *Factors) Remove(ctx context.Context, userID int64) error {
	_, err := f.TryRemove(ctx, userID)
	return err
}

// TryRemove is Remove, and reports whether there was anything: of any number of calls one
// gets true.
func (f *Factors) TryRemove(ctx context.Context, userID int64) (bool, error) {
	return apperr.ResultOrDown(f.Users.RemoveTotp(ctx, userID, 0))
}

// Held is all that is kept of a user, for an export: the row, nil if there is none, and
// the recovery codes.
func (f *Factors) Held(ctx context.Context, userID int64) (*model.Mfa, []*model.RecoveryCode, error) {
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

// gone is the error of a write: where the user is gone, apperr.SessionEnded.
func gone(err error) error {
	switch {
	case err == nil:
		return nil
	case model.Orphan(err):
		return apperr.New(apperr.SessionEnded)
	}
	return apperr.Down(err)
}

// at is a time in Unix milliseconds, 0 being none.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
