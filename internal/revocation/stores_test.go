package revocation_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/testkit"
	"user-api/model"
)

// A node that receives nothing still answers, with the age of its knowledge. One that reads
// only the stream allows for entries that others are about to add.
func TestPolls_age(t *testing.T) {
	r := testkit.RealRedis(t)
	n := nodes(t, r, 1)[0]
	for _, c := range []struct {
		name string
		then func(*testing.T)
		want time.Duration
	}{
		{"without news for 6 s", func(*testing.T) {}, 6 * time.Second},
		{"by the stream", n.relay, time.Second},
		{"by the table", n.read, 0},
	} {
		if c.want > time.Second {
			n.elapsed.Add(int64(c.want))
		}
		c.then(t)
		if a, err := n.polls.Next(t.Context(), reader, "", 0); err != nil || a.Age != c.want {
			t.Errorf("%s: the age is %v, want %v, %v", c.name, a.Age, c.want, err)
		}
	}
}

// A Redis that was restored from an old copy or lost its data causes neither duplicates nor
// gaps.
func TestPolls_oldRedis(t *testing.T) {
	const key = "ua:{feed}:revocation"
	for name, lose := range map[string]bool{"an old copy": false, "nothing left": true} {
		t.Run(name, func(t *testing.T) {
			r := testkit.RealRedis(t)
			all := nodes(t, r, 2)
			here, byStream := all[0], all[1]
			byStream.db.Close()
			end := func(user int64) {
				t.Helper()
				if _, err := here.tokens.Revoke(t.Context(), sessionOf(user), model.EndedBySignOut, 1); err != nil {
					t.Fatal(err)
				}
				here.relay(t)
			}
			f := newFollower()
			end(1)
			old, err := r.Client.Dump(t.Context(), key).Result()
			if err != nil {
				t.Fatal(err)
			}
			end(2)
			// Its clock was ahead; that of its replacement is right.
			if err := r.Client.XAdd(t.Context(), &redis.XAddArgs{Stream: key, ID: "99999999999999-0", Values: []string{"of", "another"}}).Err(); err != nil {
				t.Fatal(err)
			}
			byStream.relay(t)
			f.follow(t, byStream)
			if err := r.Client.Del(t.Context(), key).Err(); err != nil {
				t.Fatal(err)
			}
			if !lose {
				if err := r.Client.Restore(t.Context(), key, 0, old).Err(); err != nil {
					t.Fatal(err)
				}
			}
			byStream.relay(t)
			end(3)
			byStream.relay(t)
			f.follow(t, byStream)
			if f.received != 3 || !f.knows(sessionOf(3)) || f.resets != 1 {
				t.Errorf("received %d entries, %v, with %d resets", f.received, f.sequence(), f.resets)
			}
		})
	}
}
