package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/embedded"
)

// TestRedisReplayEqualsState runs random commands, kills, replays and compares, repeatedly on
// the same data. The seed is in the log.
func TestRedisReplayEqualsState(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	clk, dir := newClock(), t.TempDir()
	srv, client := start(t, dir, clk.now)
	for round := range 30 {
		for range 100 {
			step(t, rng, clk, srv, client)
		}
		want := state(t, client)
		dir = killed(t, dir)
		srv, client = startWith(t, embedded.RedisOptions{
			Dir: dir, Now: clk.now, CompactAt: int64(1000 + 3000*(round%4)),
		})
		if diff := cmp.Diff(want, state(t, client)); diff != "" {
			t.Fatalf("round %d (-before +after):\n%s", round, diff)
		}
		if len(want) == 0 {
			t.Fatalf("round %d: nothing to compare", round)
		}
	}
}

// step does one random thing. Errors are expected: a command on a key of the wrong type must
// change nothing, live and in the replay.
func step(t *testing.T, rng *rand.Rand, clk *clock, srv *embedded.Redis, client *redis.Client) {
	ctx := context.Background()
	switch n := rng.IntN(100); {
	case n < 8:
		clk.add(time.Duration(rng.IntN(700_000)) * time.Microsecond)
		srv.Tick()
	case n < 16:
		_, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			for range 1 + rng.IntN(4) {
				p.Do(ctx, randomCommand(rng)...)
			}
			return nil
		})
		ignoreReply(t, err)
	case n < 30:
		ignoreReply(t, client.Eval(ctx, randomScript(rng), []string{randomKey(rng), randomKey(rng)},
			rng.IntN(9), rng.IntN(900)).Err())
	default:
		ignoreReply(t, client.Do(ctx, randomCommand(rng)...).Err())
	}
}

func ignoreReply(t *testing.T, err error) {
	t.Helper()
	var reply redis.Error
	if err != nil && !errors.As(err, &reply) {
		t.Fatalf("not a server reply: %v", err)
	}
}

func randomKey(rng *rand.Rand) string { return fmt.Sprint("k", rng.IntN(12)) }

func randomScript(rng *rand.Rand) string {
	scripts := []string{
		`for i, m in ipairs(redis.call('SMEMBERS', KEYS[1])) do redis.call('RPUSH', KEYS[2], m) end`,
		`redis.call('SET', KEYS[1], redis.call('TIME')[2]) redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
		`redis.call('INCR', KEYS[1]) redis.call('HSET', KEYS[1], 'a', 'b') return 1`,
		`redis.pcall('LPOP', KEYS[1]) redis.call('ZADD', KEYS[2], ARGV[1], ARGV[2])`,
		`redis.call('SADD', KEYS[2], unpack(redis.call('HKEYS', KEYS[1])))`,
		`this is not Lua`,
	}
	return scripts[rng.IntN(len(scripts))]
}

func randomCommand(rng *rand.Rand) []any {
	key, other := randomKey(rng), randomKey(rng)
	member, n := fmt.Sprintf("m%d\x00\r\nü", rng.IntN(6)), rng.IntN(900)
	commands := [][]any{
		{"SET", key, member}, {"SET", key, n, "PX", 1 + n}, {"SET", key, n, "NX", "EX", 1 + n%3},
		{"SET", key, n, "KEEPTTL"}, {"GETDEL", key}, {"INCRBY", key, n}, {"INCRBYFLOAT", key, "0.1"},
		{"APPEND", key, member}, {"SETRANGE", key, 3, "xy"}, {"GETEX", key, "PX", 1 + n}, {"MSET", key, 1, other, 2},
		{"HSET", key, member, n}, {"HSET", key, "f", n, "g", member}, {"HDEL", key, member}, {"HINCRBY", key, "f", n},
		{"LPUSH", key, member, n}, {"RPUSH", key, member}, {"LPOP", key}, {"RPOPLPUSH", key, other}, {"LREM", key, 0, member},
		{"LTRIM", key, 0, 3}, {"LMOVE", key, other, "LEFT", "RIGHT"}, {"GETEX", key, "EXAT", 1767323045 + n%20}, {"LINSERT", key, "BEFORE", member, n},
		{"SADD", key, member, n}, {"SREM", key, member}, {"SMOVE", key, other, member}, {"LMPOP", 2, key, other, "LEFT", "COUNT", 2},
		{"ZADD", key, n, member}, {"ZADD", key, "0.1", n}, {"ZADD", key, "+inf", member}, {"ZINCRBY", key, "1.5", member},
		{"ZPOPMIN", key}, {"ZREMRANGEBYSCORE", key, 0, n}, {"ZADD", key, "XX", n, member},
		{"ZADD", key, "GT", n, member}, {"ZADD", key, "NX", n, member}, {"ZREM", key, member, n}, {"ZPOPMAX", key, 3},
		{"ZREMRANGEBYRANK", key, 0, 1}, {"ZMPOP", 1, key, "MAX"}, {"HSETNX", key, member, n}, {"HINCRBYFLOAT", key, "f", "0.3"},
		{"LPUSHX", key, n}, {"LSET", key, 0, n}, {"LTRIM", key, 5, 9}, {"RPOP", key, 2}, {"MSETNX", key, n, other, n},
		{"SETNX", key, n}, {"SETEX", key, 1 + n%4, n}, {"PSETEX", key, 1 + n, n}, {"GETSET", key, n}, {"SETBIT", key, 7, 1},
		{"BITOP", "NOT", key, other}, {"SET", key, n, "XX", "GET"}, {"SET", key, n, "EXAT", 1767323045 + n%20},
		{"DECR", key}, {"RENAMENX", key, other}, {"SUNIONSTORE", key, other}, {"EXPIRE", key, 2, "GT"}, {"HGETALL", key},
		{"EXPIRE", key, 1 + n%4}, {"PEXPIRE", key, n}, {"PERSIST", key}, {"EXPIREAT", key, 1767323045 + n%20},
		{"PEXPIREAT", key, 1767323045000 + n*10}, {"DEL", key}, {"UNLINK", key, other}, {"RENAME", key, other},
		{"GET", key}, {"SET", key}, {"SPOP", key}, {"LRANGE", key, 0, -1}, {"FLUSHDB", "no"},
	}
	return commands[rng.IntN(len(commands))]
}
