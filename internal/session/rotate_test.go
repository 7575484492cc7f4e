package session_test

import (
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/session"
	"user-api/internal/testkit"
)

func admit() func() error { return func() error { return nil } }

// A token overtaken by two rotations within the grace period is refused but ends nothing: it may be
// a late request of the owner. After the grace period it ends the session.
func TestRotate_overtaken(t *testing.T) {
	for _, c := range []struct {
		name            string
		rotations       int
		wait            time.Duration
		want            apperr.Code
		sessionSurvives bool
	}{
		{"two rotations, immediately", 2, 0, apperr.RefreshInvalid, true},
		{"two rotations, the end of the grace", 2, 10 * time.Second, apperr.RefreshInvalid, true},
		{"two rotations, after the grace", 2, 10*time.Second + time.Millisecond, apperr.RefreshReused, false},
		{"five rotations, immediately", 5, 0, apperr.RefreshInvalid, true},
		{"five rotations, after the grace", 5, time.Minute, apperr.RefreshReused, false},
		{"one rotation, after the grace", 1, 10*time.Second + time.Millisecond, apperr.RefreshReused, false},
		{"two rotations, by a database put back", 2, -20 * time.Second, apperr.RefreshInvalid, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, ctx := testkit.EmbeddedRedis(t), t.Context()
			sessions := open(t, r)
			first, err := sessions.Open(ctx, 1, session.Opener{}, session.Device{}, anyone)
			if err != nil {
				t.Fatal(err)
			}
			last := first
			for range c.rotations {
				if last, err = sessions.Rotate(ctx, last.RefreshToken, "", session.Device{}, admit); err != nil {
					t.Fatal(err)
				}
			}
			r.Clock.Add(c.wait)
			if _, err := sessions.Rotate(ctx, first.RefreshToken, "", session.Device{}, admit); !apperr.Is(err, c.want) {
				t.Errorf("the first token: %v, want %s", err, c.want)
			}
			if _, err := sessions.Rotate(ctx, last.RefreshToken, "", session.Device{}, admit); (err == nil) != c.sessionSurvives {
				t.Errorf("the current token: %v, want the session alive: %t", err, c.sessionSurvives)
			}
		})
	}
}

// A row older than the token, from a replica that lags or a restored backup, ends nothing.
func TestRotate_staleRow(t *testing.T) {
	r, ctx := testkit.EmbeddedRedis(t), t.Context()
	sessions, db := openOn(t, r)
	grant, err := sessions.Open(ctx, 1, session.Opener{}, session.Device{}, anyone)
	if err != nil {
		t.Fatal(err)
	}
	row, err := sessions.Tokens.FindOne(ctx, grant.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if grant, err = sessions.Rotate(ctx, grant.RefreshToken, "", session.Device{}, admit); err != nil {
			t.Fatal(err)
		}
	}
	r.Clock.Add(time.Minute) // beyond the grace of any rotation
	if _, err := db.SQL.Exec("UPDATE `token` SET `hash` = ?, `prev_hash` = ?, `generation` = ?, `rotated` = ?, `expires` = ?",
		row.Hash, row.PrevHash, row.Generation, row.Rotated, row.Expires); err != nil {
		t.Fatal(err)
	}
	if _, err := sessions.Rotate(ctx, grant.RefreshToken, "", session.Device{}, admit); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("a token newer than its row: %v, want unavailable", err)
	}
	if after, err := sessions.Tokens.FindOne(ctx, grant.SessionID); err != nil || after.Revoked != 0 {
		t.Errorf("the session is %+v, %v, want it alive", after, err)
	}
}

// Nodes whose clocks differ agree on the grace period, which is measured by the database's clock.
func TestRotate_clocks(t *testing.T) {
	for _, off := range []time.Duration{-25 * time.Second, 25 * time.Second} {
		for _, c := range []struct {
			wait time.Duration
			want apperr.Code
		}{{10 * time.Second, ""}, {10*time.Second + time.Millisecond, apperr.RefreshReused}} {
			r, ctx := testkit.EmbeddedRedis(t), t.Context()
			here, db := openOn(t, r)
			there := nodeAt(t, r, db, off)
			first, err := here.Open(ctx, 1, session.Opener{}, session.Device{}, anyone)
			if err != nil {
				t.Fatal(err)
			}
			for _, node := range []*session.Sessions{here, there} {
				if _, err := node.Rotate(ctx, first.RefreshToken, "", session.Device{}, admit); err != nil {
					t.Fatalf("a clock %v off: %v", off, err)
				}
			}
			r.Clock.Add(c.wait)
			_, err = there.Rotate(ctx, first.RefreshToken, "", session.Device{}, admit)
			if c.want == "" && err != nil || c.want != "" && !apperr.Is(err, c.want) {
				t.Errorf("a clock %v off, %v after the rotation: %v, want %q", off, c.wait, err, c.want)
			}
		}
	}
}
