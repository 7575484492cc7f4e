package idempotency_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/idempotency"
	"user-api/internal/keyring"
	"user-api/internal/testkit"
)

var first = idempotency.Request{
	Route: "POST /user/login", Key: "key-of-sixteen-characters", Client: netip.MustParseAddr("192.0.2.7"), Body: []byte(`{"otp":"1"}`),
}

func each(t *testing.T, test func(*testing.T, *testkit.Redis)) {
	testkit.EachRedis(t, test)
	t.Run("cluster", func(t *testing.T) { test(t, testkit.ClusterRedis(t)) })
}

func newAnswers(t testing.TB, rdb redis.UniversalClient, clock *testkit.Clock) *idempotency.Answers {
	t.Helper()
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err := idempotency.New(idempotency.Options{Redis: rdb, Ring: ring, Rand: rand.Reader, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// work begins a request and, in its turn, answers it; a nil answer is not stored.
func work(ctx context.Context, a *idempotency.Answers, r idempotency.Request, do func() []byte) (answer []byte, replayed bool, err error) {
	answer, turn, err := a.Begin(ctx, r)
	if err != nil || answer != nil {
		return answer, answer != nil, err
	}
	defer turn.End()
	if answer = do(); answer != nil {
		turn.Keep(answer)
	}
	return answer, false, nil
}

// ask sends a request that would answer own, and expects want.
func ask(t testing.TB, a *idempotency.Answers, r idempotency.Request, own, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	got, replayed, err := work(ctx, a, r, func() []byte { return []byte(own) })
	if err != nil || string(got) != want || replayed != (own != want) {
		t.Fatalf("got %q (replayed %t), %v, want %q", got, replayed, err, want)
	}
}

// Parallel requests with one key on two nodes do the work once.
func TestBegin_parallel(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		nodes := []*idempotency.Answers{newAnswers(t, r.Client, r.Clock), newAnswers(t, r.Client, r.Clock)}
		var done atomic.Int64
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				got, _, err := work(t.Context(), nodes[i%2], first, func() []byte {
					return fmt.Appendf(nil, "answer %d", done.Add(1))
				})
				if err != nil || string(got) != "answer 1" {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		all.Wait()
		if done.Load() != 1 {
			t.Errorf("the work was done %d times", done.Load())
		}
	})
}

// Exactly the identifying parts of a request must be equal.
func TestBegin_same(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		a := newAnswers(t, r.Client, r.Clock)
		six := first
		six.Client = netip.MustParseAddr("2001:db8:1:2::7")
		ask(t, a, first, "first", "first")
		ask(t, a, six, "six", "six")
		for name, row := range map[string]struct {
			change func(*idempotency.Request)
			want   string
		}{
			"the same":                   {func(*idempotency.Request) {}, "first"},
			"another key":                {func(r *idempotency.Request) { r.Key += "2" }, "own"},
			"another route":              {func(r *idempotency.Request) { r.Route = "POST /user/register" }, "own"},
			"a neighbour in IPv4":        {func(r *idempotency.Request) { r.Client = netip.MustParseAddr("192.0.2.8") }, "own"},
			"another address of the /64": {func(r *idempotency.Request) { r.Client = netip.MustParseAddr("2001:db8:1:2:3::8") }, "six"},
			"another /64":                {func(r *idempotency.Request) { r.Client = netip.MustParseAddr("2001:db8:1:3::7") }, "own"},
			"a peer without an address":  {func(r *idempotency.Request) { r.Client = netip.Addr{} }, "own"},
		} {
			t.Run(name, func(t *testing.T) {
				request := first
				row.change(&request)
				ask(t, a, request, "own", row.want)
			})
		}
		other := first
		other.Body = []byte(`{"otp":"2"}`)
		if _, _, err := work(t.Context(), a, other, func() []byte { return []byte("x") }); !apperr.Is(err, apperr.KeyMismatch) {
			t.Errorf("another body: %v, want idempotency_mismatch", err)
		}
	})
}

// Another body is refused immediately, even while the first request is in progress.
func TestBegin_mismatchInProgress(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		here, there := newAnswers(t, r.Client, r.Clock), newAnswers(t, r.Client, r.Clock)
		_, turn, err := here.Begin(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		defer turn.End()
		other := first
		other.Body = []byte("{}")
		if _, _, err := there.Begin(t.Context(), other); !apperr.Is(err, apperr.KeyMismatch) {
			t.Errorf("%v, want idempotency_mismatch", err)
		}
	})
}

func TestKeep_life(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		a := newAnswers(t, r.Client, r.Clock)
		ask(t, a, first, "first", "first")
		r.Advance(t, 59*time.Second)
		ask(t, a, first, "second", "first")
		r.Advance(t, 2*time.Second)
		ask(t, a, first, "third", "third")
	})
}

// A turn without an answer leaves the key to the next request with any body.
func TestEnd_nothingKept(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		a := newAnswers(t, r.Client, r.Clock)
		if _, _, err := work(t.Context(), a, first, func() []byte { return nil }); err != nil {
			t.Fatal(err)
		}
		other := first
		other.Body = []byte("{}")
		ask(t, newAnswers(t, r.Client, r.Clock), other, "second", "second")
	})
}

// Redis contains neither key, client, body nor answer in clear text, and every entry expires.
func TestKeep_sealed(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		ask(t, newAnswers(t, r.Client, r.Clock), first, "answer-with-token", "answer-with-token")
		ctx, found := context.Background(), 0
		for _, key := range r.Client.Keys(ctx, "*").Val() {
			found++
			text := key + fmt.Sprint(r.Client.Get(ctx, key).Val(), r.Client.HGetAll(ctx, key).Val())
			for _, secret := range []string{first.Key, "192.0.2", `"otp"`, "answer-with-token", "login"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s contains %s", key, secret)
				}
			}
			if left := r.Client.PTTL(ctx, key).Val(); left <= 0 || left > time.Minute {
				t.Errorf("%s has a TTL of %v", key, left)
			}
		}
		if found != 3 {
			t.Errorf("%d keys, want the answer and two counts", found)
		}
	})
}

// An answer moved to another key does not open.
func TestBegin_movedAnswer(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		a, ctx := newAnswers(t, r.Client, r.Clock), context.Background()
		hash := func() string {
			for _, key := range r.Client.Keys(ctx, "*").Val() {
				if r.Client.Type(ctx, key).Val() == "hash" {
					return key
				}
			}
			return ""
		}
		ask(t, a, first, "tokens of the first", "tokens of the first")
		stolen := r.Client.HGet(ctx, hash(), "answer").Val()
		r.Client.FlushAll(ctx)
		second := first
		second.Client = netip.MustParseAddr("198.51.100.9")
		ask(t, a, second, "tokens of the second", "tokens of the second")
		if err := r.Client.HSet(ctx, hash(), "answer", stolen).Err(); err != nil || stolen == "" {
			t.Fatal(err, stolen)
		}
		ask(t, a, second, "done anew", "done anew")
	})
}

// A client cannot fill Redis with keys: requests beyond its quota are served without the guarantee.
func TestBegin_share(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		a, request := newAnswers(t, r.Client, r.Clock), first
		const share = 600
		for i := range share {
			request.Key = fmt.Sprintf("key-of-sixteen-characters-%d", i)
			ask(t, a, request, "own", "own")
		}
		kept := len(r.Client.Keys(context.Background(), "*").Val())
		request.Key = "key-of-sixteen-characters-more"
		ask(t, a, request, "once", "once")
		ask(t, a, request, "twice", "twice")
		if now := len(r.Client.Keys(context.Background(), "*").Val()); now != kept {
			t.Errorf("%d keys, want still %d", now, kept)
		}
		ask(t, a, first, "first", "first")
		neighbour := first
		neighbour.Client = netip.MustParseAddr("192.0.2.8")
		ask(t, a, neighbour, "kept", "kept")
		ask(t, a, neighbour, "again", "kept")
		r.Advance(t, 61*time.Second)
		ask(t, a, request, "kept", "kept")
		ask(t, a, request, "again", "kept")
	})
}

// Answers that are too long are not stored.
func TestKeep_tooLong(t *testing.T) {
	a := newAnswers(t, testkit.EmbeddedRedis(t).Client, testkit.NewClock())
	long := string(bytes.Repeat([]byte("x"), idempotency.MaxAnswer+1))
	ask(t, a, first, long, long)
	ask(t, a, first, "second", "second")
}
