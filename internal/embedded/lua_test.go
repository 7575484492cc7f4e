package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

// What a script returns, sees and refuses is what Redis has for it.
func TestScripts(t *testing.T) {
	ctx := context.Background()
	_, client := start(t, t.TempDir(), time.Now)
	client.Set(ctx, "text", "value", 0)
	many := make([]any, 5000)
	for i := range many {
		many[i] = i
	}
	for _, row := range []struct {
		name, script string
		args         []any
		want         any // an error by a part of its text
	}{
		{name: "nothing", script: "local a = 1", want: redis.Nil},
		{name: "nil", script: "return nil", want: redis.Nil},
		{name: "false", script: "return false", want: redis.Nil},
		{name: "true", script: "return true", want: int64(1)},
		{name: "a fraction", script: "return 3.9", want: int64(3)},
		{name: "text", script: "return 'a' .. KEYS[1] .. ARGV[1]", args: []any{"x"}, want: "atextx"},
		{name: "a list up to nil", script: "return {1, 'a', {2, false}, nil, 3}", want: []any{int64(1), "a", []any{int64(2), nil}}},
		{name: "a status", script: "return {ok = 'FINE'}", want: "FINE"},
		{name: "status_reply", script: "return redis.status_reply('FINE')", want: "FINE"},
		{name: "a status of a command", script: "return redis.call('SET', 'x', 1)", want: "OK"},
		{name: "the field ok of one", script: "return redis.call('SET', 'x', 1).ok", want: "OK"},
		{name: "an error", script: "return {err = 'MINE it failed'}", want: errors.New("MINE it failed")},
		{name: "error_reply of a word", script: "return redis.error_reply('broken')", want: errors.New("ERR broken")},
		{name: "error_reply with a code", script: "return redis.error_reply('-CODE broken')", want: errors.New("CODE broken")},
		{name: "a missing key", script: "return redis.call('GET', 'missing') == false", want: int64(1)},
		{name: "a list of a command", script: "return redis.call('MGET', 'text', 'missing')", want: []any{"value", nil}},
		{name: "numbers as arguments", script: "redis.call('SET', 'n', 12) return redis.call('INCRBY', 'n', 30)", want: int64(42)},
		{name: "a failing call", script: "redis.call('INCR', 'text') return 1", want: errors.New("not an integer")},
		{name: "a failing pcall", script: "return redis.pcall('INCR', 'text').err ~= nil", want: int64(1)},
		{name: "an unknown command", script: "return redis.call('NO.SUCH')", want: errors.New("unknown command")},
		{name: "a table as an argument", script: "return redis.call('GET', {})", want: errors.New("must be strings or integers")},
		{name: "a script in a script", script: "return redis.call('EVAL', 'return 1', 0)", want: errors.New("not allowed from script")},
		{name: "JSON", script: "return cjson.encode({a = cjson.decode(ARGV[1]).b})", args: []any{`{"b":[1,"x"]}`}, want: `{"a":[1,"x"]}`},
		{name: "a new global", script: "leak = 1", want: errors.New("global variable 'leak'")},
		{name: "an unknown global", script: "return leak", want: errors.New("global variable 'leak'")},
		{name: "files", script: "return io.open('x')", want: errors.New("global variable 'io'")},
		{name: "many arguments", script: "return redis.call('RPUSH', 'list', unpack(ARGV))", args: many, want: int64(len(many))},
		{name: "no end of recursion", script: "local function f() return f() + 1 end return f()", want: errors.New("stack overflow")},
		{name: "what does not parse", script: "return (", want: errors.New("ERR")},
		{name: "a script after all these", script: "return #ARGV", want: int64(0)},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := client.Eval(ctx, row.script, []string{"text"}, row.args...).Result()
			if want, failing := row.want.(error); failing {
				if err == nil || !errors.Is(err, want) && !strings.Contains(err.Error(), want.Error()) {
					t.Errorf("got %v, %v, want the error %v", got, err, want)
				}
				return
			}
			if diff := cmp.Diff(row.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Nobody sees the middle of a script.
func TestScripts_atOnce(t *testing.T) {
	ctx := context.Background()
	_, client := start(t, t.TempDir(), time.Now)
	client.MSet(ctx, "a", 0, "b", 0)
	done := make(chan error, 1)
	go func() {
		for range 300 {
			if err := client.Eval(ctx, "redis.call('INCR', 'a') redis.call('INCR', 'b') return 1", nil).Err(); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
		both, err := client.MGet(ctx, "a", "b").Result()
		if err != nil || fmt.Sprint(both[0]) != fmt.Sprint(both[1]) {
			t.Fatalf("a and b are %v, %v", both, err)
		}
	}
}
