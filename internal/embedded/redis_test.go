package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/embedded"
)

func TestRedisKeysExpireByItsClock(t *testing.T) {
	ctx, clk := context.Background(), newClock()
	srv, client := start(t, "", clk.now)
	client.Set(ctx, "k", "v", time.Minute)

	clk.add(59 * time.Second)
	srv.Tick()
	if got := client.TTL(ctx, "k").Val(); got != time.Second {
		t.Errorf("TTL after 59 s: got %v, want 1s", got)
	}
	clk.add(-time.Hour)
	srv.Tick()
	clk.add(time.Second)
	srv.Tick()
	if got := client.Exists(ctx, "k").Val(); got != 0 {
		t.Errorf("keys after 60 s: got %d, want 0", got)
	}
}

func TestRedisKeysExpireWithoutBeingAsked(t *testing.T) {
	ctx, clk := context.Background(), newClock()
	_, client := start(t, "", clk.now)
	client.Set(ctx, "k", "v", time.Minute)
	clk.add(time.Minute)
	for range 500 {
		if client.Exists(ctx, "k").Val() == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the key is still there 5 s after its time")
}

func TestRedisExpiryGoesOnAcrossARestart(t *testing.T) {
	ctx, clk, dir := context.Background(), newClock(), t.TempDir()
	_, client := start(t, dir, clk.now)
	client.Set(ctx, "short", "v", time.Minute)
	client.Set(ctx, "long", "v", time.Hour)

	clk.add(10 * time.Minute) // without ticks: the process is down
	_, client = start(t, killed(t, dir), clk.now)
	want := map[string]string{"long": `string "v" 50m0s`}
	if diff := cmp.Diff(want, state(t, client)); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestRedisRefusesWhatItCouldNotReplay(t *testing.T) {
	ctx := context.Background()
	_, client := start(t, t.TempDir(), newClock().now)
	client.SAdd(ctx, "set", "a", "b")
	const msg = "could not be replayed"
	for _, args := range [][]any{
		{"SPOP", "set"}, {"BLPOP", "l", "0"}, {"XADD", "x", "*", "a", "b"}, {"PFADD", "h", "a"},
		{"HSETEX", "h", "EX", "5", "FIELDS", "1", "a", "b"}, {"WATCH", "k"}, {"SELECT", "1"},
		{"SWAPDB", "0", "1"}, {"SCRIPT", "FLUSH"}, {"SET", "k", "v", "pxat", "1"}, {"GETEX", "k", "EXAT", "1"},
		{"EVAL", "return redis.call('SPOP', 'set')", "0"},
		{"EVAL", "return redis.call('SRANDMEMBER', 'set')", "0"},
	} {
		wantError(t, client.Do(ctx, args...).Err(), msg)
	}
	_, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "tx", "1", 0)
		p.SPop(ctx, "set")
		return nil
	})
	wantError(t, err, "EXECABORT")
	if got := client.Exists(ctx, "tx").Val(); got != 0 {
		t.Errorf("a transaction with a refused command took effect")
	}
	must(client.Set(ctx, "EXAT", "EXAT", 0).Result())(t)
	if got := client.SRandMember(ctx, "set").Val(); got == "" {
		t.Errorf("SRANDMEMBER of a client: got nothing, want a member")
	}
}

func TestRedisRefusesASecondProcess(t *testing.T) {
	dir := t.TempDir()
	srv, _ := start(t, dir, time.Now)
	_, err := embedded.StartRedis(embedded.RedisOptions{Dir: dir, Now: time.Now})
	wantError(t, err, "in use by another process")
	wantError(t, err, dir)
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	start(t, dir, time.Now)
}

func TestRedisFilesAreForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "data")
	start(t, dir, time.Now)
	for path, want := range map[string]os.FileMode{
		dir: 0o700, journalOf(dir): 0o600, filepath.Join(dir, "redis.lock"): 0o600,
	} {
		if got := must(os.Stat(path))(t).Mode().Perm(); got != want {
			t.Errorf("mode of %s: got %o, want %o", path, got, want)
		}
	}
}

func TestRedisTransactionsAreOne(t *testing.T) {
	ctx, clk, dir := context.Background(), newClock(), t.TempDir()
	_, client := start(t, dir, clk.now)
	cmds, err := client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "a", "1", time.Minute)
		p.Incr(ctx, "a")
		p.Eval(ctx, "return redis.call('INCRBY', KEYS[1], ARGV[1])", []string{"a"}, 40)
		p.Get(ctx, "a")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := cmds[3].(*redis.StringCmd).Val(); got != "42" {
		t.Errorf("GET within: got %q, want 42", got)
	}
	want := map[string]string{"a": `string "42" 1m0s`}
	_, again := start(t, killed(t, dir), clk.now)
	if diff := cmp.Diff(want, state(t, again)); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}

	journal := must(os.ReadFile(journalOf(dir)))(t)
	_, torn := start(t, folderWith(t, journal[:len(journal)-1]), clk.now)
	if got := state(t, torn); len(got) != 0 {
		t.Errorf("a transaction torn by a kill: got %v, want nothing of it", got)
	}

	// A wrong command aborts it, live and in the replay.
	conn := client.Conn()
	defer conn.Close()
	for _, args := range [][]any{{"MULTI"}, {"SET", "b", "1"}, {"SET", "too few"}} {
		if err := conn.Do(ctx, args...).Err(); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
	}
	wantError(t, conn.Do(ctx, "MULTI").Err(), "nested")
	wantError(t, conn.Do(ctx, "EXEC").Err(), "EXECABORT")
	for _, args := range [][]any{{"MULTI"}, {"SET", "b", "1"}, {"DISCARD"}} {
		conn.Do(ctx, args...)
	}
	wantError(t, conn.Do(ctx, "EXEC").Err(), "without MULTI")
	_, again = start(t, killed(t, dir), clk.now)
	if diff := cmp.Diff(want, state(t, again)); diff != "" {
		t.Errorf("replayed after an abort (-want +got):\n%s", diff)
	}
}

func TestRedisKnowsItsScriptsAfterARestart(t *testing.T) {
	ctx, clk, dir := context.Background(), newClock(), t.TempDir()
	_, client := start(t, dir, clk.now)
	byEval := redis.NewScript(`redis.call('SET', KEYS[1], redis.call('TIME')[1], 'PX', ARGV[1]) return 1`)
	byLoad := redis.NewScript(`return redis.call('INCR', KEYS[1])`)
	if err := byEval.EvalSha(ctx, client, []string{"at"}, 5000).Err(); !redis.HasErrorPrefix(err, "NOSCRIPT") {
		t.Fatalf("EVALSHA of an unknown script: got %v, want NOSCRIPT", err)
	}
	must(byEval.Run(ctx, client, []string{"at"}, 5000).Result())(t)
	must(byLoad.Load(ctx, client).Result())(t)
	clk.add(time.Second)

	for range 2 { // the second time from a compacted journal
		dir = killed(t, dir)
		_, client = start(t, dir, clk.now)
		want := fmt.Sprintf(`string "%d" 4s`, clk.now().Unix()-1)
		if got := state(t, client)["at"]; got != want {
			t.Errorf("what a script set: got %s, want %s", got, want)
		}
		must(byEval.EvalSha(ctx, client, []string{"other"}, 1).Result())(t)
		must(byLoad.EvalSha(ctx, client, []string{"n"}).Result())(t)
	}
	if got := client.Get(ctx, "n").Val(); got != "2" {
		t.Errorf("n: got %s, want 2", got)
	}
}

func TestRedisCloseLeavesASnapshot(t *testing.T) {
	ctx, clk, dir := context.Background(), newClock(), t.TempDir()
	srv, client := start(t, dir, clk.now)
	for range 100 {
		must(client.Incr(ctx, "n").Result())(t)
	}
	want := state(t, client)
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	if size := must(os.Stat(journalOf(dir)))(t).Size(); size > 100 {
		t.Errorf("journal of one key: got %d bytes, want less than 100", size)
	}
	_, client = start(t, dir, clk.now)
	if diff := cmp.Diff(want, state(t, client)); diff != "" {
		t.Errorf("state (-before +after):\n%s", diff)
	}
}

func TestRedisWithoutAFolderWritesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx := context.Background()
	_, client := start(t, "", time.Now)
	must(client.Set(ctx, "k", "v", 0).Result())(t)
	if files := must(os.ReadDir("."))(t); len(files) != 0 {
		t.Errorf("files: got %v, want none", files)
	}
}

func TestRedisCloseLeavesNothingRunning(t *testing.T) {
	ctx, before := context.Background(), runtime.NumGoroutine()
	srv, err := embedded.StartRedis(embedded.RedisOptions{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	client := connect(srv)
	sub := client.Subscribe(ctx, "a-channel-with-a-long-name")
	must(sub.Receive(ctx))(t)
	must(client.Set(ctx, "k", "v", 0).Result())(t)
	if err := errors.Join(srv.Close(), srv.Close(), sub.Close(), client.Close()); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<20)
	t.Errorf("goroutines: got %d, want %d\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
}

// Commands that are running during Close are either executed and answered, or not executed.
func TestRedisClosesWhileItIsWrittenTo(t *testing.T) {
	for range 30 {
		srv, err := embedded.StartRedis(embedded.RedisOptions{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(&redis.Options{Dialer: dialer(srv), MaxRetries: -1})
		var going, writers sync.WaitGroup
		going.Add(8)
		for range 8 {
			writers.Go(func() {
				err := client.Incr(t.Context(), "k").Err()
				for going.Done(); err == nil; {
					err = client.Incr(t.Context(), "k").Err()
				}
			})
		}
		going.Wait()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		writers.Wait()
		client.Close()
	}
}
