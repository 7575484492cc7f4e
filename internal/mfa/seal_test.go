package mfa_test

import (
	"encoding/base32"
	"fmt"
	"strings"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/internal/mfa"
	"user-api/internal/testkit"
)

// Stored data is useless without the pepper and can be resealed with the next one.
func TestSealed(t *testing.T) {
	testkit.NotInRace(t, "strictly sequential")
	each(t, func(t *testing.T, r *rig) {
		old, next := []byte(pepper), []byte(strings.Repeat("q", 32))
		f := r.node()
		secret, codes := r.enrolled(f)
		raw, _ := base32.StdEncoding.DecodeString(secret)
		var kept string
		for _, query := range []string{
			"SELECT CONCAT_WS(' ', user_id, secret, pepper, pending) FROM mfa", "SELECT GROUP_CONCAT(id) FROM recovery_code",
		} {
			var text string
			if err := r.db.SQL.QueryRow(query).Scan(&text); err != nil {
				t.Fatal(err)
			}
			kept += text
		}
		for _, s := range append(codes, secret, string(raw), fmt.Sprintf("%x", raw), strings.ReplaceAll(codes[0], "-", "")) {
			if strings.Contains(strings.ToLower(kept), strings.ToLower(s)) {
				t.Errorf("%q is stored in clear text", s)
			}
		}
		both := r.with(r.db, keyring.Secrets{Pepper: next, PrevPepper: old})
		want(t, "a code after the pepper changed", both.CheckTotp(ctx, ann, r.code(secret, 0)), "")
		if s, err := both.Sealed(ctx); err != nil || s != (mfa.Sealed{Previous: 1}) {
			t.Errorf("before: %+v, %v", s, err)
		}
		want(t, "reseal", both.ResealAll(ctx), "")
		alone := r.with(r.db, keyring.Secrets{Pepper: next})
		if s, err := alone.Sealed(ctx); err != nil || s != (mfa.Sealed{Current: 1}) {
			t.Errorf("after: %+v, %v", s, err)
		}
		r.clock.Add(mfaMinute)
		want(t, "a code when the old pepper is retired", alone.CheckTotp(ctx, ann, r.code(secret, 0)), "")
		want(t, "a recovery code then", alone.UseRecovery(ctx, ann, codes[3]), "")
		r.clock.Add(mfaMinute)
		want(t, "a code without the pepper", f.CheckTotp(ctx, ann, r.code(secret, 0)), apperr.Unavailable)
		want(t, "a recovery code without it", f.UseRecovery(ctx, ann, codes[4]), "")
		// A sealed secret does not open for another user.
		r.do("INSERT INTO user (id, role, status, created) VALUES (8, 'user', 'active', 1)")
		r.do("INSERT INTO mfa SELECT 8, secret, pepper, pending, confirmed, 0, 0, 0, 0, 0, 0, 0 FROM mfa WHERE user_id = 7")
		want(t, "moved to another user", alone.CheckTotp(ctx, 8, r.code(secret, 0)), apperr.Unavailable)
	})
}
