package faults

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
)

// The fault states of a Redis that still responds. While Loading only connection commands
// work; in the others reads work.
var (
	OutOfMemory = RedisFault{reply: "OOM command not allowed when used memory > 'maxmemory'.", refuses: grows}
	ReadOnly    = RedisFault{reply: "READONLY You can't write against a read only replica.", refuses: writes}
	Unsaved     = RedisFault{reply: "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. " +
		"Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if " +
		"RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.", refuses: writes}
	NoReplicas = RedisFault{reply: "NOREPLICAS Not enough good replicas to write.", refuses: writes}
	Loading    = RedisFault{reply: "LOADING Redis is loading the dataset in memory", refuses: needsData}
)

type (
	// RedisFault is a fault state of Redis.
	RedisFault struct {
		reply   string
		refuses func(flags []string) bool
	}

	// Redis is a proxy for a Redis.
	Redis struct {
		relay
		fault atomic.Pointer[RedisFault]
		// flags holds the flags of each command, as reported by the server.
		flags map[string][]string

		mu sync.Mutex
		// scripts holds the loaded scripts by digest.
		scripts map[string]string
	}

	// session is a connection.
	session struct {
		*Redis
		near, far *wire
		// queueing is true between MULTI and EXEC, spoiled if a command was rejected there.
		queueing, spoiled bool
	}
)

func writes(flags []string) bool    { return slices.Contains(flags, "write") }
func grows(flags []string) bool     { return slices.Contains(flags, "denyoom") }
func needsData(flags []string) bool { return !slices.Contains(flags, "loading") }

// NewRedis starts a proxy for the running Redis at target. It stops when the test ends.
func NewRedis(t testing.TB, target string) *Redis {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: target})
	defer client.Close()
	commands, err := client.Command(context.Background()).Result()
	if err != nil {
		t.Fatal(err)
	}
	r := &Redis{flags: map[string][]string{}, scripts: map[string]string{}}
	for name, command := range commands {
		r.flags[name] = command.Flags
	}
	// The flags of these are with their subcommands.
	r.flags["xgroup"] = []string{"write", "denyoom"}
	r.flags["client"] = []string{"loading"}
	r.listen(t, target, func(near, far *wire) { (&session{Redis: r, near: near, far: far}).serve() })
	return r
}

// Set puts the Redis into a fault state until Clear.
func (r *Redis) Set(f RedisFault) { r.fault.Store(&f) }

// Clear ends the fault state.
func (r *Redis) Clear() { r.fault.Store(nil) }

func (s *session) serve() {
	for {
		raw, words, err := readCommand(s.near)
		if err != nil {
			return
		}
		switch verb := strings.ToLower(words[0]); verb {
		case "subscribe", "psubscribe", "ssubscribe":
			if s.far.send(raw) == nil {
				go func() {
					copyAll(s.near, s.far)
					s.far.Close()
				}()
				copyAll(s.far, s.near)
			}
			return
		default:
			err = s.answer(verb, words, raw)
		}
		if err == nil && s.near.Buffered() == 0 {
			err = s.near.flush()
		}
		if err != nil {
			return
		}
	}
}

// answer responds to a command or forwards it to the server.
func (s *session) answer(verb string, words []string, raw []byte) error {
	text, isScript := s.script(verb, words) // and learn it
	if fault := s.fault.Load(); fault != nil && s.refused(fault, verb, text, isScript) {
		s.spoiled = s.queueing
		_, err := io.WriteString(s.near, "-"+fault.reply+"\r\n")
		return err
	}
	reply := io.Writer(s.near)
	switch {
	case verb == "multi":
		s.queueing, s.spoiled = true, false
	case verb == "exec" && s.spoiled:
		raw, reply = []byte("*1\r\n$7\r\nDISCARD\r\n"), io.Discard
		if _, err := io.WriteString(s.near, "-EXECABORT Transaction discarded because of previous errors.\r\n"); err != nil {
			return err
		}
		fallthrough
	case verb == "exec", verb == "discard":
		s.queueing, s.spoiled = false, false
	}
	if err := s.far.send(raw); err != nil {
		return err
	}
	return copyReply(s.far, reply)
}

// refused reports whether the server would reject the command in this state.
func (s *session) refused(fault *RedisFault, verb, text string, isScript bool) bool {
	if isScript && !fault.refuses(nil) {
		for _, call := range callInScript.FindAllStringSubmatch(text, -1) {
			if fault.refuses(s.flags[strings.ToLower(call[1])]) {
				return true
			}
		}
		return false
	}
	return fault.refuses(s.flags[verb])
}

// callInScript matches the commands of a script. It misses a command whose name is computed;
// the service has none.
var callInScript = regexp.MustCompile(`redis\.p?call\(\s*['"](\w+)['"]`)

// script returns the text of the script that a command runs.
func (r *Redis) script(verb string, words []string) (text string, isScript bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(words) < 2:
	case verb == "eval":
		r.remember(words[1])
		return words[1], true
	case verb == "evalsha":
		return r.scripts[strings.ToLower(words[1])], true
	case verb == "script" && len(words) == 3 && strings.EqualFold(words[1], "load"):
		r.remember(words[2])
	}
	return "", false
}

func (r *Redis) remember(text string) {
	digest := sha1.Sum([]byte(text))
	r.scripts[hex.EncodeToString(digest[:])] = text
}
