package mfa_test

import (
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/internal/mfa"
	"user-api/internal/store"
	"user-api/internal/testkit"
)

// With a read-only database the state can be read, nothing is compared, and no code is consumed.
func TestReadOnly(t *testing.T) {
	testkit.NotInRace(t, "strictly sequential")
	each(t, func(t *testing.T, r *rig) {
		well := r.node()
		secret, codes := r.enrolled(well)
		e, err := well.Enroll(ctx, ann, "ann")
		want(t, "enroll", err, "")
		reads := r.open()
		if reads.Dialect == store.SQLite {
			reads.SQL.SetMaxOpenConns(1)
			if _, err := reads.SQL.Exec("PRAGMA query_only = 1"); err != nil {
				t.Fatal(err)
			}
		} else if reads, err = store.OpenDB(ctx, store.DBOptions{DataSource: testkit.MySQLUser(t, r.source, "SELECT")}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { reads.Close() })
		broken := r.with(reads, keyring.Secrets{Pepper: []byte(pepper)})
		compared := broken.Compared()
		if s, err := broken.State(ctx, ann); err != nil || !s.Totp || s.RecoveryCodes != 10 {
			t.Errorf("%+v, %v", s, err)
		}
		for what, call := range map[string]func() error{
			"check":         func() error { return broken.CheckTotp(ctx, ann, r.code(secret, 0)) },
			"recovery code": func() error { return broken.UseRecovery(ctx, ann, codes[0]) },
			"confirm":       func() error { return broken.Confirm(ctx, ann, r.code(e.Secret, 0)) },
			"enroll":        func() error { _, err := broken.Enroll(ctx, ann, "ann"); return err },
			"new codes":     func() error { _, err := broken.NewRecovery(ctx, ann); return err },
			"remove":        func() error { return remove(broken) },
			"demand":        func() error { _, err := broken.Require(ctx, ann, r.clock.Now()); return err },
			"ask a reset":   func() error { return broken.ScheduleReset(ctx, ann, r.clock.Now()) },
			"stop a reset":  func() error { return broken.CancelReset(ctx, ann) },
		} {
			want(t, what, call(), apperr.Unavailable)
		}
		if n := compared.Load(); n > 0 {
			t.Errorf("%d comparisons without a counted attempt", n)
		}
		want(t, "the same code with a working database", well.CheckTotp(ctx, ann, r.code(secret, 0)), "")
		want(t, "the same recovery code", well.UseRecovery(ctx, ann, codes[0]), "")
		want(t, "the same confirmation", well.Confirm(ctx, ann, r.code(e.Secret, 0)), "")
	})
}

// If the database fails between the comparison and recording the use of a code, nobody signs in,
// and the code works once afterwards.
func TestLostBeforeRecording(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		well := r.node()
		secret, _ := r.enrolled(well)
		e, err := well.Enroll(ctx, ann, "ann")
		want(t, "enroll", err, "")
		for what, call := range map[string]func(*mfa.Factors) error{
			"check":   func(f *mfa.Factors) error { return f.CheckTotp(ctx, ann, r.code(secret, 0)) },
			"confirm": func(f *mfa.Factors) error { return f.Confirm(ctx, ann, r.code(e.Secret, 0)) },
		} {
			db := r.open()
			f := r.with(db, keyring.Secrets{Pepper: []byte(pepper)})
			f.BeforeAccept(func() { db.Close() })
			want(t, what, call(f), apperr.Unavailable)
		}
		got := outcomes(4, func(int) error { return well.CheckTotp(ctx, ann, r.code(secret, 0)) })
		if got[""] != 1 {
			t.Errorf("the same code afterwards: %v, want one winner", got)
		}
		r.clock.Add(mfaMinute)
		if s, err := well.State(ctx, ann); err != nil || s.RecoveryCodes != 10 {
			t.Errorf("half of a confirmation is stored: %+v, %v", s, err)
		}
		want(t, "a current code", well.Confirm(ctx, ann, r.code(e.Secret, 0)), "")
	})
}

// A restored backup does not know what was used since, as the documentation says.
func TestRestoredBackup(t *testing.T) {
	testkit.NotInRace(t, "strictly sequential")
	each(t, func(t *testing.T, r *rig) {
		f := r.node()
		secret, codes := r.enrolled(f)
		r.do("CREATE TABLE old_mfa AS SELECT * FROM mfa")
		r.do("CREATE TABLE old_code AS SELECT * FROM recovery_code")
		used := r.code(secret, 0)
		want(t, "a code", f.CheckTotp(ctx, ann, used), "")
		want(t, "a recovery code", f.UseRecovery(ctx, ann, codes[0]), "")
		back := func() {
			for _, query := range []string{
				"DELETE FROM mfa", "DELETE FROM recovery_code",
				"INSERT INTO mfa SELECT * FROM old_mfa", "INSERT INTO recovery_code SELECT * FROM old_code",
			} {
				r.do(query)
			}
		}
		r.clock.Add(90 * time.Second)
		back()
		want(t, "the used code", f.CheckTotp(ctx, ann, used), apperr.OtpInvalid)
		want(t, "the used recovery code", f.UseRecovery(ctx, ann, codes[0]), "")
		want(t, "remove", remove(f), "")
		back()
		want(t, "a code of the removed secret", f.CheckTotp(ctx, ann, r.code(secret, 0)), "")
	})
}
