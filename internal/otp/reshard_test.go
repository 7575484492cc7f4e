package otp_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

// reshard is a cluster of two masters under load.
type reshard struct {
	guarded
	masters []*redis.Client
	granted atomic.Int64
}

func newReshard(t *testing.T) *reshard {
	masters := testkit.ClusterOf(t, 2)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{masters[0].Options().Addr}})
	t.Cleanup(func() { client.Close() })
	policy := defaults
	policy.Sends, policy.Address, policy.Block, policy.Global, policy.Country = nil, nil, nil, wide, wide
	policy.Shares, policy.DayBudget, policy.CountryBudget, policy.BlockBudget = guard.Shares{}, 1e12, 1e12, 1e12
	g := newGuarded(t, &testkit.Redis{Client: client, Clock: testkit.NewClock()}, policy, false)
	g.Challenges.Cooldown = 0 // the same address is requested continuously
	return &reshard{guarded: g, masters: masters}
}

// once requests and verifies a code.
func (r *reshard) once(to string, n int) error {
	ctx, client := context.Background(), ip(n<<8)
	ticket, err := r.Issue(ctx, otp.Request{Address: phone(r.t, to), Purpose: otp.PurposeLogin, Channel: "sms", Client: client})
	if err != nil {
		return err
	}
	r.granted.Add(1)
	out, err := r.Claim(ctx, ticket.ID, ticket.Send, true)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	_, err = r.Verify(ctx, otp.Answer{ID: ticket.ID, Code: out.Code, Purpose: otp.PurposeLogin, Client: client})
	return err
}

// fill requests codes until the cluster has the given number of keys.
func (r *reshard) fill(keys int64) {
	var all sync.WaitGroup
	var asked atomic.Int64
	for range 8 {
		all.Go(func() {
			for n := asked.Add(1); n%64 != 0 || r.Client.DBSize(context.Background()).Val() < keys; n = asked.Add(1) {
				if _, err := r.Issue(context.Background(), otp.Request{
					Address: phone(r.t, fmt.Sprintf("+9170%08d", n*7919%100_000_000)), Purpose: otp.PurposeLogin, Channel: "sms", Client: ip(int(n << 8)),
				}); err != nil {
					r.t.Errorf("filling: %v of %q", err, limit(err))
					return
				}
				r.granted.Add(1)
			}
		})
	}
	all.Wait()
}

// move moves a slot from its master to the other one in the given number of batches, with a
// pause after each.
func (r *reshard) move(slot int64, batches int, pause time.Duration) (keys int) {
	from, to := r.masters[0], r.masters[1]
	if slot >= 16384/2 {
		from, to = to, from
	}
	ctx := context.Background()
	batch := int(from.ClusterCountKeysInSlot(ctx, int(slot)).Val())/batches + 1
	do := func(node *redis.Client, args ...any) any {
		r.t.Helper()
		reply, err := node.Do(ctx, args...).Result()
		if err != nil {
			r.t.Fatalf("%v: %v", args, err)
		}
		return reply
	}
	source, target := do(from, "CLUSTER", "MYID"), do(to, "CLUSTER", "MYID")
	do(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", source)
	do(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", target)
	host, port, err := net.SplitHostPort(to.Options().Addr)
	if err != nil {
		r.t.Fatal(err)
	}
	for {
		list := from.ClusterGetKeysInSlot(ctx, int(slot), batch).Val()
		if len(list) == 0 {
			break
		}
		args := []any{"MIGRATE", host, port, "", 0, 5000, "KEYS"}
		for _, key := range list {
			args = append(args, key)
		}
		do(from, args...)
		keys += len(list)
		time.Sleep(pause)
	}
	do(to, "CLUSTER", "SETSLOT", slot, "NODE", target)
	do(from, "CLUSTER", "SETSLOT", slot, "NODE", target)
	return keys
}

// A slot that moves under load keeps nobody out: requests for addresses in it wait for the
// move, and no others do. The shared slot has few keys, whatever the total, and moves quickly.
// Each send is charged once.
func TestReshard(t *testing.T) {
	r := newReshard(t)
	full, slots := int64(3000), 20
	if n, err := strconv.ParseInt(os.Getenv("USER_API_TEST_KEYS"), 10, 64); err == nil {
		full, slots = n, 100
	}
	began := time.Now()
	r.fill(full)
	t.Logf("%d keys after %v", r.Client.DBSize(t.Context()).Val(), time.Since(began).Round(time.Second))
	slot := func(key string) int64 { return r.Client.ClusterKeySlot(t.Context(), key).Val() }
	own, shared := slot(r.keyed(number, "")), slot("{ua}")

	var ended atomic.Bool
	var all sync.WaitGroup
	var asked, waits, others atomic.Int64
	stop := func() {
		ended.Store(true)
		all.Wait()
	}
	t.Cleanup(stop) // before the stores stop
	for i := range 8 {
		all.Go(func() {
			for n := 0; !ended.Load(); n++ {
				to := fmt.Sprintf("+9199%08d", (i*1000+n)*1000)
				if i == 0 {
					to = number // waits for its slot
				}
				began := time.Now()
				if err := r.once(to, i); err != nil {
					t.Errorf("ask and answer of %s after %v: %v of %q", to, time.Since(began), err, limit(err))
					return
				}
				worst := &others
				if slot(r.keyed(to, "")) == own {
					worst = &waits
				}
				worst.Store(max(worst.Load(), time.Since(began).Milliseconds()))
				asked.Add(1)
			}
		})
	}
	under := func(what string, move func() int) (served int64) {
		time.Sleep(300 * time.Millisecond)
		usual := others.Swap(0)
		before, began := asked.Load(), time.Now()
		waits.Store(0)
		keys := move()
		took, served := time.Since(began), asked.Load()-before
		time.Sleep(300 * time.Millisecond)
		t.Logf("%s: %d keys moved in %v, under %d asks and answers; the longest of them took %d ms where the address's slot moved, and %d ms elsewhere, before that %d ms",
			what, keys, took.Round(time.Millisecond), served, waits.Load(), others.Load(), usual)
		return served
	}
	under("the slot that all share", func() int { return r.move(shared, 1, 0) })
	if served := under("the slot of an address, slowly", func() int { return r.move(own, 20, 25*time.Millisecond) }); served < 8 {
		t.Errorf("only %d requests were served while a slot of another address moved", served)
	}
	under("other slots of addresses", func() (keys int) {
		for tag := range slots {
			if s := slot("ua:otp:{" + guard.TagName(tag) + "}:"); s != own && s != shared {
				keys += r.move(s, 1, 0)
			}
		}
		return keys
	})
	stop()
	if err := r.Challenges.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if charged := r.charged(); charged != r.granted.Load() {
		t.Errorf("%d sends are charged to the global limit, want %d", charged, r.granted.Load())
	}
}

// charged returns the number of sends in the global limit.
func (g guarded) charged() (n int64) {
	for field, value := range g.Client.HGetAll(context.Background(), "ua:guard:{ua}:global").Val() {
		var window, slot int64
		if _, err := fmt.Sscanf(field, "n%d:%d", &window, &slot); err == nil && window == wide[0].Window.Milliseconds() {
			amount, _ := strconv.ParseInt(value, 10, 64)
			n += amount
		}
	}
	return n
}
