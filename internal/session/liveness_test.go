package session_test

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/session"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/token"
	"user-api/model"
	"user-api/model/migrations"
)

// trips counts round trips.
type trips struct{ n atomic.Int64 }

func (t *trips) DialHook(next redis.DialHook) redis.DialHook { return next }

func (t *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		t.n.Add(1)
		return next(ctx, cmd)
	}
}

func (t *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		t.n.Add(1)
		return next(ctx, cmds)
	}
}

// The user is read along with the session, and the session judged as ever: alive,
// forgotten by Redis, and ended.
func TestCheckWithUser(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		ctx, count := context.Background(), &trips{}
		sessions := open(t, r, func(ctx context.Context, pipe redis.Pipeliner, id int64) context.Context {
			return context.WithValue(ctx, trips{}, pipe.Get(ctx, "user"))
		})
		if err := r.Client.Set(ctx, "user", "row", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		r.Client.AddHook(count)
		grant, err := sessions.Open(ctx, 1, session.Device{}, anyone)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int64{2, 1} { // the first finds no key and writes it
			count.n.Store(0)
			with, err := sessions.CheckWithUser(ctx, grant.SessionID, 1)
			if err != nil || count.n.Load() != want {
				t.Errorf("a living session: %v in %d round trips, want %d", err, count.n.Load(), want)
			}
			if row := with.Value(trips{}).(*redis.StringCmd).Val(); row != "row" {
				t.Errorf("the user's row is %q", row)
			}
		}
		if err := sessions.Revoke(ctx, grant.SessionID); err != nil {
			t.Fatal(err)
		}
		for _, forgotten := range []bool{false, true} {
			if _, err := sessions.CheckWithUser(ctx, grant.SessionID, 1); !apperr.Is(err, apperr.SessionEnded) {
				t.Errorf("an ended session, forgotten %v: %v, want session_ended", forgotten, err)
			}
			r.Client.FlushAll(ctx)
		}
		other, err := sessions.Open(ctx, 1, session.Device{}, anyone)
		if err != nil {
			t.Fatal(err)
		}
		// A server that nobody can connect to.
		sessions.Redis = redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
		if _, err := sessions.CheckWithUser(ctx, grant.SessionID, 1); !apperr.Is(err, apperr.SessionEnded) {
			t.Errorf("an ended session without Redis: %v, want session_ended", err)
		}
		if _, err := sessions.CheckWithUser(ctx, other.SessionID, 1); err != nil {
			t.Errorf("a living session without Redis: %v, want the database's yes", err)
		}
	})
}

func anyone(*model.User) error { return nil }

func open(t *testing.T, r *testkit.Redis, ahead func(context.Context, redis.Pipeliner, int64) context.Context) *session.Sessions {
	t.Helper()
	sessions, _ := openOn(t, r, ahead)
	return sessions
}

func openOn(t *testing.T, r *testkit.Redis, ahead func(context.Context, redis.Pipeliner, int64) context.Context) (*session.Sessions, *store.DB) {
	t.Helper()
	db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: "sqlite:" + t.TempDir() + "/user.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := store.Migrate(context.Background(), db, migrations.FS); err != nil {
		t.Fatal(err)
	}
	if _, err := db.SQL.Exec("INSERT INTO `user` (`id`, `created`) VALUES (1, 1)"); err != nil {
		t.Fatal(err)
	}
	codec, err := token.New(token.Options{
		AccessSecret: "access-secret-of-at-least-32-bytes", RefreshSecret: "refresh-secret-of-at-least-32-byte",
		Issuer: "i", Audience: "a", AccessLife: time.Minute, Now: r.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return session.New(session.Options{
		Tokens: model.NewTokenModel(db.Conn), Redis: r.Client, Codec: codec, Now: r.Clock.Now, Rand: rand.Reader,
		Ahead: ahead, Access: time.Minute, Idle: time.Hour, Absolute: time.Hour, Grace: 10 * time.Second,
	}), db
}
