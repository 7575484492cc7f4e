package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"user-api/internal/embedded"
)

// helpCount increments eight keys concurrently and prints each reply: "key n".
func helpCount(dir string) {
	srv, err := embedded.StartRedis(embedded.RedisOptions{Dir: dir, Now: time.Now, CompactAt: 20_000})
	if err != nil {
		panic(err)
	}
	client := connect(srv)
	script := redis.NewScript(`return redis.call('INCR', KEYS[1])`)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			key := strconv.Itoa(i)
			for {
				n, err := script.Run(context.Background(), client, []string{key}).Int()
				if err != nil {
					panic(err)
				}
				// One write(2) per line: what is printed was acknowledged.
				_, _ = fmt.Fprintf(os.Stdout, "%s %d\n", key, n)
			}
		})
	}
	wg.Wait()
}

func TestRedisKillLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		cmd := helper(t, "count", dir)
		out := must(cmd.StdoutPipe())(t)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		told := map[string]int{}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			key, count, _ := strings.Cut(lines.Text(), " ")
			v := must(strconv.Atoi(count))(t)
			told[key] = max(told[key], v)
			if n == 500+round*77 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		srv, client := start(t, dir, time.Now)
		for key, want := range told {
			got := must(client.Get(context.Background(), key).Int())(t)
			// One more may have been counted whose reply was cut off by the kill.
			if got != want && got != want+1 {
				t.Errorf("round %d, key %s: got %d, want %d, the last acknowledged", round, key, got, want)
			}
		}
		if err := srv.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

const tasks = 100

// helpEnqueue enqueues tasks, prints that it has, and waits to be killed.
func helpEnqueue(dir string) {
	srv, err := embedded.StartRedis(embedded.RedisOptions{Dir: dir, Now: time.Now})
	if err != nil {
		panic(err)
	}
	client := asynq.NewClientFromRedisClient(connect(srv))
	for i := range tasks {
		task := asynq.NewTask("t", []byte(strconv.Itoa(i)), asynq.TaskID(strconv.Itoa(i)), asynq.MaxRetry(3))
		if _, err := client.Enqueue(task, asynq.ProcessIn(time.Duration(i%2)*time.Millisecond)); err != nil {
			panic(err)
		}
	}
	fmt.Println("done")
	select {}
}

func TestRedisKeepsAQueueAcrossAKill(t *testing.T) {
	dir := t.TempDir()
	cmd := helper(t, "enqueue", dir)
	out := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if line != "done\n" {
		t.Fatalf("the helper said %q", line)
	}

	_, client := start(t, dir, time.Now)
	var mu sync.Mutex
	seen := map[string]int{}
	all := make(chan struct{})
	server := asynq.NewServerFromRedisClient(client, asynq.Config{
		Concurrency: 8, LogLevel: asynq.FatalLevel,
		TaskCheckInterval: 100 * time.Millisecond, DelayedTaskCheckInterval: 100 * time.Millisecond,
	})
	if err := server.Start(asynq.HandlerFunc(func(_ context.Context, task *asynq.Task) error {
		mu.Lock()
		defer mu.Unlock()
		seen[string(task.Payload())]++
		if len(seen) == tasks {
			close(all)
		}
		return nil
	})); err != nil {
		t.Fatal(err)
	}
	select {
	case <-all:
	case <-time.After(time.Minute):
	}
	server.Shutdown()
	want := map[string]int{}
	for i := range tasks {
		want[strconv.Itoa(i)] = 1
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("times each task ran (-want +got):\n%s", diff)
	}
}

func TestRedisCutsOffATornRecord(t *testing.T) {
	ctx, clk, dir := context.Background(), newClock(), t.TempDir()
	_, client := start(t, dir, clk.now)
	client.Set(ctx, "a", "1", 0)
	whole := must(os.ReadFile(journalOf(dir)))(t)
	client.Set(ctx, "b", "2", 0)
	longer := must(os.ReadFile(journalOf(dir)))(t)

	want := map[string]string{"a": `string "1" -1ns`}
	for end := len(whole); end < len(longer); end++ {
		torn := folderWith(t, longer[:end])
		srv, client := start(t, torn, clk.now)
		if diff := cmp.Diff(want, state(t, client)); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", end, diff)
		}
		// What is written next must not follow the garbage.
		client.Set(ctx, "b", "2", 0)
		if err := srv.Close(); err != nil {
			t.Fatal(err)
		}
		_, client = start(t, torn, clk.now)
		if got := client.Get(ctx, "b").Val(); got != "2" {
			t.Fatalf("cut at %d, written after: got %q, want 2", end, got)
		}
	}
	_, client = start(t, folderWith(t, append(whole, make([]byte, 5000)...)), clk.now)
	if diff := cmp.Diff(want, state(t, client)); diff != "" {
		t.Errorf("zeros at the end (-want +got):\n%s", diff)
	}
}

func TestRedisRefusesADamagedJournal(t *testing.T) {
	ctx, clk, dir := context.Background(), newClock(), t.TempDir()
	_, client := start(t, dir, clk.now)
	client.Set(ctx, "a", "1", 0)
	client.Set(ctx, "b", "2", 0)
	good := must(os.ReadFile(journalOf(dir)))(t)
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1
		dir := folderWith(t, bad)
		_, err := embedded.StartRedis(embedded.RedisOptions{Dir: dir, Now: clk.now})
		if err == nil || !strings.Contains(err.Error(), journalOf(dir)) {
			t.Fatalf("byte %d of %d changed: got error %v, want one that names the file", i, len(good), err)
		}
		if after := must(os.ReadFile(journalOf(dir)))(t); string(after) != string(bad) {
			t.Fatalf("byte %d changed: the file was modified", i)
		}
	}
}

func TestRedisCompactsWhileInUse(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	_, client := startWith(t, embedded.RedisOptions{Dir: dir, Now: newClock().now, CompactAt: 4096})
	var total atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			key := fmt.Sprint("k", i%4)
			for range 200 {
				if err := client.Incr(ctx, key).Err(); err != nil {
					t.Error(err)
					return
				}
				if v := client.Get(ctx, key).Val(); v == "" {
					t.Errorf("%s: got nothing, want a number", key)
				}
				total.Add(1)
			}
		})
	}
	wg.Wait()
	if size := must(os.Stat(journalOf(dir)))(t).Size(); size > 2*4096 {
		t.Errorf("journal of 4 keys: got %d bytes, want no more than 4096 of growth", size)
	}
	if _, err := os.Stat(journalOf(dir) + ".tmp"); !os.IsNotExist(err) {
		t.Errorf("the temporary file: got %v, want it gone", err)
	}
	_, client = start(t, killed(t, dir), newClock().now)
	var sum int64
	for i := range 4 {
		sum += must(client.Get(ctx, fmt.Sprint("k", i)).Int64())(t)
	}
	if sum != total.Load() {
		t.Errorf("sum after a kill: got %d, want %d", sum, total.Load())
	}
}
