package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/session"
	"user-api/internal/testkit"
	"user-api/internal/token"
	"user-api/model"
)

// lossy is a table that commits the next rotation but loses its answer.
type lossy struct {
	model.TokenModel
	lose bool
}

func (l *lossy) Rotate(ctx context.Context, r model.Rotation) (bool, error) {
	won, err := l.TokenModel.Rotate(ctx, r)
	if l.lose {
		l.lose = false
		return false, errors.New("the connection was cut")
	}
	return won, err
}

// A refresh whose answer was lost, by the database or on the way to the client, is answered with
// the same successor no matter how late the retry comes: on any node with Redis, on the same node
// without, and only until the successor is used.
func TestRotate_lostAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		byDatabase, noRedis, elsewhere bool
		want                           apperr.Code
	}{
		"lost by the database":                {byDatabase: true},
		"lost by the database, elsewhere":     {byDatabase: true, elsewhere: true},
		"lost on the way":                     {},
		"lost on the way, elsewhere":          {elsewhere: true},
		"lost without Redis":                  {byDatabase: true, noRedis: true},
		"lost without Redis, tried elsewhere": {byDatabase: true, noRedis: true, elsewhere: true, want: apperr.RefreshReused},
	} {
		t.Run(name, func(t *testing.T) {
			r, ctx := testkit.EmbeddedRedis(t), t.Context()
			here, db := openOn(t, r)
			other := node(t, r, db, secretOne)
			if c.noRedis {
				gone := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
				t.Cleanup(func() { gone.Close() })
				here, other = nodeWith(t, r, db, gone), nodeWith(t, r, db, gone)
			}
			table := &lossy{TokenModel: here.Tokens, lose: c.byDatabase}
			here.Tokens = table
			first, err := here.Open(ctx, 1, session.Opener{}, session.Device{}, anyone)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = here.Rotate(ctx, first.RefreshToken, "", session.Device{}, admit); c.byDatabase != apperr.Is(err, apperr.Unavailable) {
				t.Fatalf("the refresh: %v", err)
			}
			if !c.byDatabase {
				here.Undelivered(ctx, first.RefreshToken)
			}
			r.Clock.Add(20 * time.Minute)
			again := here
			if c.elsewhere {
				again = other
			}
			second, err := again.Rotate(ctx, first.RefreshToken, "", session.Device{}, admit)
			if c.want != "" {
				if !apperr.Is(err, c.want) {
					t.Errorf("tried again: %v, want %s", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatalf("tried again: %v", err)
			}
			if _, err := again.Rotate(ctx, second.RefreshToken, "", session.Device{}, admit); err != nil {
				t.Fatalf("the successor: %v", err)
			}
			r.Clock.Add(time.Minute)
			if _, err := again.Rotate(ctx, first.RefreshToken, "", session.Device{}, admit); !apperr.Is(err, apperr.RefreshReused) {
				t.Errorf("after the successor was used: %v, want refresh_reused", err)
			}
		})
	}
}

// A challenge opens one session. If it was returned because its first answer was lost, it gets the
// session of that use again, unless its tokens have been used.
func TestOpen_challenge(t *testing.T) {
	r, ctx := testkit.EmbeddedRedis(t), t.Context()
	sessions, _ := openOn(t, r)
	open := func(user int64, by session.Opener) (session.Grant, error) {
		return sessions.Open(ctx, user, by, session.Device{}, anyone)
	}
	used := session.Opener{Digest: "a"}
	first, err := open(1, used)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(1, used); !errors.Is(err, session.ErrUsed) {
		t.Errorf("a second session by the same code: %v, want ErrUsed", err)
	}
	used.Returned = true
	// The same applies if Undelivered was called.
	undelivered := session.Opener{Digest: token.Digest("code")}
	opened, err := open(1, undelivered)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(1, undelivered); !errors.Is(err, session.ErrUsed) {
		t.Errorf("a second session by the same code: %v, want ErrUsed", err)
	}
	sessions.Undelivered(ctx, "code")
	if once, err := open(1, undelivered); err != nil || once.SessionID != opened.SessionID {
		t.Errorf("the same code again: %+v, %v, want the session %s", once, err, opened.SessionID)
	}
	if _, err := open(2, used); !errors.Is(err, session.ErrUsed) {
		t.Errorf("for another user: %v, want ErrUsed", err)
	}
	again, err := open(1, used)
	if err != nil || again.SessionID != first.SessionID || again.RefreshToken != first.RefreshToken {
		t.Errorf("the same code again: %+v, %v, want the session %s", again, err, first.SessionID)
	}
	if _, err := sessions.Rotate(ctx, first.RefreshToken, "", session.Device{}, admit); err != nil {
		t.Fatal(err)
	}
	if _, err := open(1, used); !errors.Is(err, session.ErrUsed) {
		t.Errorf("after the tokens were used: %v, want ErrUsed", err)
	}
	for range 2 {
		if _, err := open(1, session.Opener{}); err != nil {
			t.Errorf("no code: %v", err)
		}
	}
}
