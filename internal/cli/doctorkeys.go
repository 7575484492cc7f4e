package cli

import (
	"context"
	"time"

	"user-api/internal/keys"
	"user-api/internal/store"
	"user-api/internal/svc"
	"user-api/model"
)

// lateKeys is for how long a key may sign beyond its life before that is worth a word.
const lateKeys = time.Hour

// keys judges those that sign access tokens.
func (d *doctor) keys(ctx context.Context, db *store.DB) {
	const about = "signing keys"
	if d.Otp.Pepper == "" {
		return // the next start makes it
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
		d.ok(about, "the next start of a node makes the first")
	case signs.Age > d.Auth.KeyLife.Duration()+lateKeys:
		d.warn(about, "%s has signed for %d days, more than Auth.KeyLife: no node could write the table signing_key when its time had come, see its log", signs.ID, days(signs.Age))
	default:
		d.ok(about, "%s (%s) signs for %d days, of %d", signs.ID, signs.Alg, days(signs.Age), days(d.Auth.KeyLife.Duration()))
	}
	d.leftSecret(first)
}

// sealed judges whether this configuration opens a key that signs, or will.
func (d *doctor) sealed(about string, one keys.Key) {
	switch {
	case one.State != model.ActiveKey && one.State != model.StandbyKey:
	case !one.Sealed:
		d.warn(about, "%s is sealed under a pepper that is not configured: it is accepted, and with this configuration nothing is signed with it", one.ID)
	case one.Old:
		d.warn(about, "%s is sealed under Otp.PrevPepper: a node that starts puts it under Otp.Pepper; keep the other until then", one.ID)
	}
}

// secondFactors judges whether this configuration opens the secrets of TOTP.
func (d *doctor) secondFactors(ctx context.Context, db *store.DB) {
	const about = "second factors"
	if d.Otp.Pepper == "" {
		return // the next start makes it
	}
	s, err := svc.SealedFactors(ctx, d.Config, db, d.now, d.rand)
	switch {
	case err != nil:
		d.fail(about, "%v", err)
	case s.Unknown > 0:
		d.warn(about, "%d of %d secrets of TOTP are sealed under a pepper that is not configured: their users need a recovery code, or a reset by an administrator", s.Unknown, s.Unknown+s.Previous+s.Current)
	case s.Previous > 0:
		d.warn(about, "%d of %d secrets of TOTP are sealed under Otp.PrevPepper: a node that starts puts them under Otp.Pepper; keep the other until then", s.Previous, s.Previous+s.Current)
	default:
		d.ok(about, "%d secrets of TOTP, all under Otp.Pepper", s.Current)
	}
}

// leftSecret tells when the secret of before can go.
func (d *doctor) leftSecret(first time.Time) {
	if !d.secretGiven {
		return
	}
	const about = "Auth.AccessSecret"
	at := first.Add(d.Auth.AccessExpire.Duration())
	if first.IsZero() || d.now().Before(at) {
		d.ok(about, "verifies the tokens from before Auth.Signing was %s; take it away %d minutes after the last node has changed", d.Auth.Signing, int(d.Auth.AccessExpire.Duration().Minutes()))
		return
	}
	d.warn(about, "still makes tokens good, of whoever holds it, and keys have signed since %s: if every node has Auth.Signing %s, take it away now", first.UTC().Format(time.RFC3339), d.Auth.Signing)
}

// days are whole ones.
func days(d time.Duration) int { return int(d.Hours() / 24) }
