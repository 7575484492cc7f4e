package mfa

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"user-api/internal/apperr"
	"user-api/model"
)

const (
	// period and digits are what every authenticator app does, and some do nothing else.
	period = 30
	digits = otp.DigitsSix
	// drift is how many time steps a code may be early or late (RFC 6238 section 5.2).
	drift = 1
	// secretBytes is the length of the output of HMAC-SHA-1 (RFC 4226 section 4).
	secretBytes = 20
	// pendingLife is for how long a secret waits to be confirmed: a sign-in that was recent
	// when it was made need not be so when it is confirmed.
	pendingLife = 15 * time.Minute
)

// Enrolment is a secret that waits to be confirmed. It is told this once.
type Enrolment struct {
	// Secret is in base32, for those who type it in, URI the otpauth:// address, and SVG a
	// picture of it to be scanned.
	Secret, URI, SVG string
}

// Enrol makes a secret that waits for Confirm, and takes the place of another that waits.
// A confirmed one stays until then. account is what the app shows beside the name of
// the service. Fails with apperr.SessionEnded where the user is gone.
func (f *Factors) Enrol(ctx context.Context, userID int64, account string) (Enrolment, error) {
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(f.Rand, secret); err != nil {
		return Enrolment{}, fmt.Errorf("mfa: secret: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: f.Issuer, AccountName: account, Secret: secret, Period: period, Digits: digits, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("mfa: enrol: %w", err)
	}
	svg, err := drawn(key.URL())
	if err != nil {
		return Enrolment{}, err
	}
	now := f.Now()
	pending, err := f.sealPending(userID, secret, now.Add(pendingLife))
	if err != nil {
		return Enrolment{}, err
	}
	if err := gone(f.Table.SetPending(ctx, userID, pending, now.UnixMilli())); err != nil {
		return Enrolment{}, err
	}
	return Enrolment{Secret: key.Secret(), URI: key.URL(), SVG: svg}, nil
}

// Confirm makes the secret that waits the factor, by a code of it; the one before it, and
// the recovery codes, are gone then. Open codes of the user become void. Fails with
// apperr.OtpInvalid, also where nothing waits any more, and with apperr.RateLimited.
func (f *Factors) Confirm(ctx context.Context, userID int64, code string) error {
	return f.confirm(ctx, userID, code, nil)
}

// ConfirmWithRecovery is Confirm, and makes recovery codes.
func (f *Factors) ConfirmWithRecovery(ctx context.Context, userID int64, code string) ([]string, error) {
	codes, rows, err := f.newCodes(userID)
	if err != nil {
		return nil, err
	}
	if err := f.confirm(ctx, userID, code, rows); err != nil {
		return nil, err
	}
	return codes, nil
}

func (f *Factors) confirm(ctx context.Context, userID int64, code string, codes []*model.RecoveryCode) error {
	row, err := f.try(ctx, userID, factorTotp, false)
	if err != nil {
		return err
	}
	secret, ok := f.openPending(row)
	if !ok {
		return wrong(factorTotp, outcomeWrong)
	}
	step, ok := f.find(secret, code)
	if !ok {
		return wrong(factorTotp, outcomeWrong)
	}
	sealed, err := f.seal(userID, secret)
	if err != nil {
		return err
	}
	confirmed, err := f.Users.ConfirmTotp(ctx, model.TotpConfirmation{
		UserID: userID, Pending: row.Pending, Secret: sealed, Pepper: f.marks[0], Step: step, Now: f.Now().UnixMilli(), Codes: codes,
	})
	switch {
	case err != nil:
		return gone(err)
	case !confirmed: // it was replaced, confirmed or removed beside this
		return wrong(factorTotp, outcomeReplayed)
	}
	tries.Inc(factorTotp, outcomeRight)
	return nil
}

// CheckTotp accepts a code of the confirmed secret: each time step once, and no earlier
// one afterwards. Fails with apperr.OtpInvalid, also where there is no secret, and with
// apperr.RateLimited after too many tries in a minute or in a row.
func (f *Factors) CheckTotp(ctx context.Context, userID int64, code string) error {
	row, err := f.try(ctx, userID, factorTotp, true)
	if err != nil {
		return err
	}
	if row.Confirmed == 0 {
		return wrong(factorTotp, outcomeWrong)
	}
	secret, err := f.open(row)
	if err != nil {
		return err
	}
	step, ok := f.find(secret, code)
	if !ok {
		return wrong(factorTotp, outcomeWrong)
	}
	accepted, err := f.Table.Accept(ctx, userID, row.Confirmed, step)
	switch {
	case err != nil:
		return apperr.Down(err)
	case !accepted:
		return wrong(factorTotp, outcomeReplayed)
	}
	tries.Inc(factorTotp, outcomeRight)
	return nil
}

// find is the time step that a code is of, if it is near enough.
func (f *Factors) find(secret []byte, code string) (step int64, ok bool) {
	now := f.Now().Unix() / period
	for s := now - drift; s <= now+drift; s++ {
		if f.matches(secret, s, code) {
			step, ok = s, true
		}
	}
	return step, ok
}

// matches is the comparison of RFC 6238.
func matches(secret []byte, step int64, code string) bool {
	want, err := hotp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(secret), uint64(step),
		hotp.ValidateOpts{Digits: digits, Algorithm: otp.AlgorithmSHA1})
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1
}

// try counts a try, and returns the row. With lock there is none after too many in a row.
func (f *Factors) try(ctx context.Context, userID int64, factor string, lock bool) (*model.Mfa, error) {
	now := f.Now()
	room, err := f.Table.Try(ctx, userID, now.UnixMilli(), lock)
	if err != nil {
		return nil, apperr.Down(err)
	}
	row, err := f.Table.FindOne(ctx, userID)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return nil, wrong(factor, outcomeWrong)
	case err != nil:
		return nil, apperr.Down(err)
	case !room:
		tries.Inc(factor, outcomeLimited)
		return nil, limited(row, now, lock)
	}
	return row, nil
}

// limited is the refusal of a try.
func limited(row *model.Mfa, now time.Time, lock bool) error {
	if lock && row.Failed >= model.MfaFailures {
		// No time ends it, but somebody may.
		return apperr.New(apperr.RateLimited).WithLimit("locked", 0).WithRetryAfter(time.Hour)
	}
	end := time.UnixMilli(row.Minute + model.MfaPause)
	return apperr.New(apperr.RateLimited).WithLimit("second_factor", (end.UnixMilli()+999)/1000).WithRetryAfter(max(time.Second, end.Sub(now)))
}

// wrong is the one refusal of a code, whatever the reason.
func wrong(factor, outcome string) error {
	tries.Inc(factor, outcome)
	return apperr.New(apperr.OtpInvalid)
}

func sealContext(userID int64) string { return "totp " + strconv.FormatInt(userID, 10) }

func pendingContext(userID int64) string { return "pending totp " + strconv.FormatInt(userID, 10) }
