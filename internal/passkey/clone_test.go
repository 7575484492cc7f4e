package passkey_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/passkey"
	"user-api/internal/passkey/passkeytest"
	"user-api/internal/store"
	"user-api/internal/testkit"
)

// A clone is detected by the counter, reported once, and disables the passkey.
func TestCount_cloned(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		a := passkeytest.New(origin, domain)
		d.register(1, a)
		thief := a.Copy()
		if _, err := d.signIn(a.Get(d.request(), passkeytest.Cheat{})); err != nil {
			t.Fatal(err)
		}
		var fresh []bool
		for range 2 {
			_, err := d.signIn(thief.Get(d.request(), passkeytest.Cheat{}))
			wantCode(t, "the clone", err, apperr.BadCredentials, passkey.ErrCloned)
			cloned, ok := errors.AsType[*passkey.ClonedError](err)
			fresh = append(fresh, ok && cloned.Fresh && cloned.UserID == 1)
		}
		if !fresh[0] || fresh[1] {
			t.Errorf("reported as new: %t", fresh)
		}
		_, err := d.signIn(a.Get(d.request(), passkeytest.Cheat{}))
		wantCode(t, "the original", err, apperr.BadCredentials, passkey.ErrCloned)
		if list, err := d.List(ctx, 1); err != nil || !list[0].Cloned {
			t.Errorf("%+v, %v", list, err)
		}
		if has, err := d.Has(ctx, 1); has || err != nil {
			t.Errorf("the passkey is still a factor: %v", err)
		}
	})
}

// An authenticator that stops counting is a clone, too.
func TestCount_counterStops(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	a := passkeytest.New(origin, domain)
	d.register(1, a)
	a.Counter, a.Counts = 0, false
	_, err := d.signIn(a.Get(d.request(), passkeytest.Cheat{}))
	wantCode(t, "zero", err, apperr.BadCredentials, passkey.ErrCloned)
}

// Of concurrent signatures with the same counter, one counts. The same signature, retried because
// its first answer was lost, is not a clone of itself.
func TestCount_concurrent(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		a := passkeytest.New(origin, domain)
		d.register(1, a)
		same := d.Read(a.Get(d.request(), passkeytest.Cheat{}))
		for range 2 {
			s, err := d.Verify(ctx, same)
			if err == nil {
				err = d.Count(ctx, s)
			}
			if err != nil {
				t.Errorf("again: %v", err)
			}
		}
		answers := make([]passkey.Answer, 20)
		for i := range answers {
			answers[i] = d.Read(a.Copy().Get(d.request(), passkeytest.Cheat{}))
		}
		var counted, cloned atomic.Int64
		var all sync.WaitGroup
		for _, answer := range answers {
			all.Go(func() {
				s, err := d.Verify(ctx, answer)
				if err == nil {
					err = d.Count(ctx, s)
				}
				switch {
				case err == nil:
					counted.Add(1)
				case errors.Is(err, passkey.ErrCloned):
					cloned.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if counted.Load() != 1 || cloned.Load() != 19 {
			t.Errorf("%d counted, %d clones", counted.Load(), cloned.Load())
		}
	})
}

// A passkey that is removed during a sign-in does not sign in.
func TestCount_removed(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	a := passkeytest.New(origin, domain)
	d.register(1, a)
	s, err := d.Verify(ctx, d.Read(a.Get(d.request(), passkeytest.Cheat{})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.db.SQL.Exec("DELETE FROM `passkey`"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "meanwhile", d.Count(ctx, s), apperr.BadCredentials, passkey.ErrUnknown)
	_, err = d.signIn(a.Get(d.request(), passkeytest.Cheat{}))
	wantCode(t, "afterwards", err, apperr.BadCredentials, passkey.ErrUnknown)
}

// A passkey as second factor answers the challenge for its user and the first proof, and may omit
// the user handle.
func TestProve(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	own, others := passkeytest.New(origin, domain), passkeytest.New(origin, domain)
	d.register(1, own)
	d.register(1, own)
	d.register(2, others)
	for name, cheat := range map[string]passkeytest.Cheat{"named": {}, "nameless": {Handle: []byte{}}} {
		methods, err := d.Prove(ctx, 1, "first", own.Get(text(t)(d.RequestSecond(ctx, 1, "first")), cheat))
		if err != nil || strings.Join(methods, " ") != "hwk user" {
			t.Errorf("%s: %q, %v", name, methods, err)
		}
	}
	_, err := d.Prove(ctx, 1, "first", others.Get(text(t)(d.RequestSecond(ctx, 1, "first")), passkeytest.Cheat{}))
	wantCode(t, "another user's", err, apperr.BadCredentials, passkey.ErrInvalid)
	_, err = d.Prove(ctx, 2, "first", own.Get(text(t)(d.RequestSecond(ctx, 1, "first")), passkeytest.Cheat{}))
	wantCode(t, "for another user's proof", err, apperr.BadCredentials, passkey.ErrInvalid)
	_, err = d.Prove(ctx, 1, "second", own.Get(text(t)(d.RequestSecond(ctx, 1, "first")), passkeytest.Cheat{}))
	wantCode(t, "for another proof", err, apperr.BadCredentials, passkey.ErrInvalid)
	_, err = d.Prove(ctx, 1, "first", own.Get(d.request(), passkeytest.Cheat{}))
	wantCode(t, "a challenge to sign in", err, apperr.BadCredentials, passkey.ErrInvalid)
	thief := own.Copy()
	if _, err := d.Prove(ctx, 1, "first", own.Get(text(t)(d.RequestSecond(ctx, 1, "first")), passkeytest.Cheat{})); err != nil {
		t.Fatal(err)
	}
	_, err = d.Prove(ctx, 1, "second", thief.Get(text(t)(d.RequestSecond(ctx, 1, "second")), passkeytest.Cheat{}))
	wantCode(t, "a clone", err, apperr.BadCredentials, passkey.ErrCloned)
}
