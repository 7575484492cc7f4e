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
	// period and digits are what every authenticator app supports; some support nothing else.
	period = 30
	digits = otp.DigitsSix
	// drift is how many time steps a code may be early or late (RFC 6238 section 5.2).
	drift = 1
	// secretBytes is the output length of HMAC-SHA-1 (RFC 4226 section 4).
	secretBytes = 20
	// pendingLife is how long a secret may be confirmed. A sign-in that was recent when the secret
	// was created need not be recent any more when it is confirmed.
	pendingLife = 15 * time.Minute
)

// Enrollment is a pending secret. It is shown only once.
type Enrollment struct {
	// Secret is in base32 for manual entry, URI is the otpauth:// address, and SVG its QR code.
	Secret, URI, SVG string
}

// Enroll creates a secret that is pending until Confirm, and replaces an earlier pending one. A
// confirmed secret remains valid until then. The app shows account next to the name of the service.
// It fails with apperr.SessionEnded if the user does not exist.
func (f *Factors) Enroll(ctx context.Context, userID int64, account string) (Enrollment, error) {
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(f.Rand, secret); err != nil {
		return Enrollment{}, fmt.Errorf("mfa: secret: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{
		Issuer: f.Issuer, AccountName: account, Secret: secret, Period: period, Digits: digits, Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return Enrollment{}, fmt.Errorf("mfa: enroll: %w", err)
	}
	svg, err := qrCode(key.URL())
	if err != nil {
		return Enrollment{}, err
	}
	now := f.Now()
	pending, err := f.sealPending(userID, secret, now.Add(pendingLife))
	if err != nil {
		return Enrollment{}, err
	}
	if err := writeError(f.Table.SetPending(ctx, userID, pending, now.UnixMilli())); err != nil {
		return Enrollment{}, err
	}
	return Enrollment{Secret: key.Secret(), URI: key.URL(), SVG: svg}, nil
}

// Confirm turns the pending secret into the factor, given a code of it. It removes the previous
// secret and the recovery codes, and invalidates open codes of the user. It fails with
// apperr.OtpInvalid, also if nothing is pending, and with apperr.RateLimited.
func (f *Factors) Confirm(ctx context.Context, userID int64, code string) error {
	return f.confirm(ctx, userID, code, nil)
}

// ConfirmWithRecovery is Confirm and creates recovery codes.
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
		return writeError(err)
	case !confirmed: // replaced, confirmed or removed concurrently
		return wrong(factorTotp, outcomeReplayed)
	}
	tries.Inc(factorTotp, outcomeRight)
	return nil
}

// CheckTotp accepts a code of the confirmed secret, each time step once and in order. It fails with
// apperr.OtpInvalid, also if there is no secret, and with apperr.RateLimited after too many
// attempts per minute or in a row.
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

// find returns the time step of a code if it is close enough to now.
func (f *Factors) find(secret []byte, code string) (step int64, ok bool) {
	now := f.Now().Unix() / period
	for s := now - drift; s <= now+drift; s++ {
		if f.matches(secret, s, code) {
			step, ok = s, true
		}
	}
	return step, ok
}

// matches compares a code as RFC 6238 specifies.
func matches(secret []byte, step int64, code string) bool {
	want, err := hotp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(secret), uint64(step),
		hotp.ValidateOpts{Digits: digits, Algorithm: otp.AlgorithmSHA1})
	return err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1
}

// try counts an attempt and returns the row. With lock it fails after too many consecutive
// failures.
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

// limited returns the error for a refused attempt.
func limited(row *model.Mfa, now time.Time, lock bool) error {
	if lock && row.Failed >= model.MfaFailures {
		// Only another proof ends it, not time.
		return apperr.New(apperr.RateLimited).WithLimit("locked", 0).WithRetryAfter(time.Hour)
	}
	end := time.UnixMilli(row.Minute + model.MfaPause)
	return apperr.New(apperr.RateLimited).WithLimit("second_factor", (end.UnixMilli()+999)/1000).WithRetryAfter(max(time.Second, end.Sub(now)))
}

// wrong returns the same error for every wrong code.
func wrong(factor, outcome string) error {
	tries.Inc(factor, outcome)
	return apperr.New(apperr.OtpInvalid)
}

func sealContext(userID int64) string { return "totp " + strconv.FormatInt(userID, 10) }

func pendingContext(userID int64) string { return "pending totp " + strconv.FormatInt(userID, 10) }
