package cli

import (
	"context"
	"time"

	"user-api/internal/keys"
	"user-api/internal/store"
	"user-api/internal/svc"
	"user-api/model"
)

// lateKeys is how long a key may sign beyond its lifetime without a warning.
const lateKeys = time.Hour

// keys checks the keys that sign access tokens.
func (d *doctor) keys(ctx context.Context, db *store.DB) {
	const about = "signing keys"
	if d.Otp.Pepper == "" {
		return // the next start generates it
	}
	list, err := svc.ListKeys(ctx, d.Config, db, d.rand)
	if err != nil {
		d.fail(about, "%v", err)
		return
	}
	var signs *keys.Key
	var first time.Time
	for i, one := range list {
		if one.Signs {
			signs = &list[i]
		}
		if first.IsZero() {
			first = one.Activated
		}
		d.sealed(about, one)
	}
	switch {
	case d.Auth.BySecret():
		d.ok(about, "not needed: Auth.Signing is HS256")
		return
	case signs == nil:
		d.ok(about, "the next start of a node generates the first key")
	case signs.Age > d.Auth.KeyLife.Duration()+lateKeys:
		d.warn(about, "%s has signed for %d days, longer than Auth.KeyLife: no node could write to the table signing_key when it expired, see the logs", signs.ID, days(signs.Age))
	default:
		d.ok(about, "%s (%s) has signed for %d of %d days", signs.ID, signs.Alg, days(signs.Age), days(d.Auth.KeyLife.Duration()))
	}
	d.unusedSecret(first)
}

// sealed checks whether this configuration can decrypt a key that signs or will sign.
func (d *doctor) sealed(about string, one keys.Key) {
	switch {
	case one.State != model.ActiveKey && one.State != model.StandbyKey:
	case !one.Sealed:
		d.warn(about, "%s is encrypted with a pepper that is not configured: its tokens are accepted, but this configuration cannot sign with it", one.ID)
	case one.Old:
		d.warn(about, "%s is encrypted with Otp.PrevPepper: the next start encrypts it with Otp.Pepper; keep the previous one until then", one.ID)
	}
}

// secondFactors checks whether this configuration can decrypt the TOTP secrets.
func (d *doctor) secondFactors(ctx context.Context, db *store.DB) {
	const about = "second factors"
	if d.Otp.Pepper == "" {
		return // the next start generates it
	}
	s, err := svc.SealedFactors(ctx, d.Config, db, d.now, d.rand)
	switch {
	case err != nil:
		d.fail(about, "%v", err)
	case s.Unknown > 0:
		d.warn(about, "%d of %d TOTP secrets are encrypted with a pepper that is not configured: their users need a recovery code, or a reset by an administrator", s.Unknown, s.Unknown+s.Previous+s.Current)
	case s.Previous > 0:
		d.warn(about, "%d of %d TOTP secrets are encrypted with Otp.PrevPepper: the next start encrypts them with Otp.Pepper; keep the previous one until then", s.Previous, s.Previous+s.Current)
	default:
		d.ok(about, "%d TOTP secrets, all encrypted with Otp.Pepper", s.Current)
	}
}

// unusedSecret reports when the secret of earlier tokens can be removed.
func (d *doctor) unusedSecret(first time.Time) {
	if !d.secretGiven {
		return
	}
	const about = "Auth.AccessSecret"
	at := first.Add(d.Auth.AccessExpire.Duration())
	if first.IsZero() || d.now().Before(at) {
		d.ok(about, "verifies the tokens from before Auth.Signing was %s; remove it %d minutes after the last node has changed", d.Auth.Signing, int(d.Auth.AccessExpire.Duration().Minutes()))
		return
	}
	d.warn(about, "still allows anyone who has it to create valid tokens, although keys have signed since %s: if every node has Auth.Signing %s, remove it now", first.UTC().Format(time.RFC3339), d.Auth.Signing)
}

// days returns the number of whole days.
func days(d time.Duration) int { return int(d.Hours() / 24) }
