package embedded_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"user-api/internal/embedded"
)

// malformed are bytes that are not commands. The first ones crash a process that passes them to
// miniredis.
var malformed = []string{
	"*0\r\n", "*-1\r\n", "*1\r\n$9999999999999\r\n",
	"*1\r\n$-1\r\n", "*99999999999\r\n", "*\r\n", "\r\n", "\n", "PING\r\n", "*1\r\n+PING\r\n", "*1\r\n:1\r\n",
	"*1\r\n$4\nPING\r\n", "*1\n$4\r\nPING\r\n", "*+1\r\n$4\r\nPING\r\n", "*1\r\n$\r\n", "*1\r\n*1\r\n", "$4\r\nPING\r\n",
	strings.Repeat("*", 100), "*1\r\n" + strings.Repeat("$", 100), "\x00\x01\x02\n", "*1\r\n$4 \r\nPING\r\n",
}

// Malformed bytes end their own connection, and nothing else.
func TestRedisOutlivesMalformedBytes(t *testing.T) {
	srv, client := start(t, "", time.Now)
	for _, text := range malformed {
		for _, before := range []string{"", "*1\r\n$4\r\nPING\r\n"} {
			conn := srv.Dial()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			for _, b := range []byte(before + text) { // one byte at a time
				_, _ = conn.Write([]byte{b})
			}
			if _, err := io.Copy(io.Discard, conn); err != nil {
				t.Errorf("%q: the connection stays open: %v", before+text, err)
			}
		}
	}
	if err := client.Ping(context.Background()).Err(); err != nil {
		t.Error(err)
	}
}

func FuzzRedisBytes(f *testing.F) {
	for _, text := range malformed {
		f.Add([]byte(text))
	}
	f.Add([]byte("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n"))
	srv, err := embedded.StartRedis(embedded.RedisOptions{Now: time.Now})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		conn := srv.Dial()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = conn.Write(text)
		_, _ = conn.Write([]byte("*0\r\n")) // ends it, if nothing else has
		conn.Close()
		other := srv.Dial()
		defer other.Close()
		_ = other.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = other.Write([]byte("*1\r\n$4\r\nPING\r\n"))
		answer := make([]byte, 7)
		if _, err := io.ReadFull(other, answer); err != nil || string(answer) != "+PONG\r\n" {
			t.Fatalf("after %q: got %q, %v", text, answer, err)
		}
	})
}
