//go:build unix

package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"user-api/internal/embedded"
)

func init() { helpers["full"] = helpFull }

// helpFull writes until the journal cannot grow, then something small enough, and prints how
// many keys were acknowledged and the results of a read, a write and a smaller write after
// that.
func helpFull(dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 50_001, Max: 50_001}); err != nil {
		panic(err)
	}
	srv, err := embedded.StartRedis(embedded.RedisOptions{Dir: dir, Now: time.Now})
	if err != nil {
		panic(err)
	}
	ctx, client := context.Background(), connect(srv)
	for n := 0; ; n++ {
		if err := client.Set(ctx, strconv.Itoa(n), strings.Repeat("x", 500), 0).Err(); err != nil {
			getErr := client.Get(ctx, "0").Err()
			lessErr := client.Set(ctx, "less", "", 0).Err()
			fmt.Println(n, getErr, lessErr, err)
			return
		}
	}
}

func TestRedisOnAFullDiskRefusesAndKeepsTheRest(t *testing.T) {
	dir := t.TempDir()
	cmd := helper(t, "full", dir)
	pipe := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(pipe).ReadString('\n')
	if err := cmd.Wait(); err != nil {
		t.Fatalf("helper: %v, said %q", err, line)
	}
	count, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if !strings.HasPrefix(rest, "<nil> <nil> MISCONF") {
		t.Errorf("GET, a small SET and a SET on a full disk: got %q, want no errors except MISCONF", rest)
	}
	_, client := start(t, dir, time.Now)
	want := must(strconv.Atoi(count))(t) + 1
	if got := len(state(t, client)); got != want || want < 50 {
		t.Errorf("keys after a restart: got %d, want the %d acknowledged", got, want)
	}
}
