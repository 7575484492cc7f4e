package kit

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/config"
	"user-api/internal/httpapi"
)

// memory holds every secret that the service has issued, and the whole log of the suite.
var memory struct {
	mu      sync.Mutex
	secrets map[string]bool
	log     strings.Builder // whose text is read without a copy
	once    sync.Once
}

// Main is TestMain for a suite of scenarios. After the tests it searches their log, which has
// the debug level and no redaction, for every secret.
func Main(m *testing.M) { MainThen(m, func() {}) }

// MainThen is like Main and then calls end, which stops what the tests share.
func MainThen(m *testing.M, end func()) {
	debug.SetGCPercent(300) // most of a suite is short-lived
	code := m.Run()
	RemoveBinary()
	end()
	if leaks := searchLog(); len(leaks) > 0 {
		fmt.Printf("FAIL: the log tells secrets:\n%s\n", strings.Join(leaks, "\n"))
		code = 1
	}
	os.Exit(code)
}

// Log returns the log so far.
func Log() string {
	memory.mu.Lock()
	defer memory.mu.Unlock()
	return memory.log.String()
}

type logWriter struct{}

func (logWriter) Write(p []byte) (int, error) {
	memory.mu.Lock()
	defer memory.mu.Unlock()
	return memory.log.Write(p)
}

func setUpLog() {
	memory.once.Do(func() {
		if err := httpapi.SetUpLog(io.Discard, "debug", "json"); err != nil {
			panic(err)
		}
		logx.SetWriter(logx.NewWriter(logWriter{}))
	})
}

// leastSecret is the minimum length of a word that counts as a secret.
const leastSecret = 8

func remember(secret string) {
	if len(secret) < leastSecret {
		return
	}
	memory.mu.Lock()
	defer memory.mu.Unlock()
	if memory.secrets == nil {
		memory.secrets = map[string]bool{}
	}
	memory.secrets[strings.TrimPrefix(secret, "+")] = true
}

func isSecret(word string) bool {
	memory.mu.Lock()
	defer memory.mu.Unlock()
	return memory.secrets[word]
}

func searchLog() []string { return search(Log()) }

// searchRedis searches every key and value for secrets and checks that each key has a TTL.
func (a *App) searchRedis() {
	ctx := context.Background()
	keys := a.Redis.Client.Keys(ctx, "*").Val()
	ask := a.Redis.Client.Pipeline()
	for _, key := range keys {
		ask.PTTL(ctx, key)
		ask.Get(ctx, key)
		ask.HGetAll(ctx, key)
		ask.LRange(ctx, key, 0, -1)
		ask.SMembers(ctx, key)
		ask.ZRange(ctx, key, 0, -1)
	}
	answers, _ := ask.Exec(ctx) // five of a key's six are refused, as it is of one type
	for i, key := range keys {
		of := answers[6*i : 6*i+6]
		text := fmt.Sprintln(key, of[1].(*redis.StringCmd).Val(), of[2].(*redis.MapStringStringCmd).Val(),
			of[3].(*redis.StringSliceCmd).Val(), of[4].(*redis.StringSliceCmd).Val(), of[5].(*redis.StringSliceCmd).Val())
		if leaks := search(text); len(leaks) > 0 {
			a.t.Errorf("Redis tells secrets: %v", leaks)
		}
		if of[0].(*redis.DurationCmd).Val() == -1 { // -2 is that of a key which has just ended
			a.t.Errorf("the key %s has no TTL", key)
		}
	}
}

// search finds secrets in a text. It looks up each word and each run of digits, so its cost
// is linear in the length of the text.
func search(text string) []string {
	var leaks []string
	look := func(part string) {
		if isSecret(part) {
			leaks = append(leaks, fmt.Sprintf("%q", part))
		}
	}
	for word := range words(text) {
		look(word)
		if trimmed := strings.Trim(word, "+=."); trimmed != word {
			look(trimmed)
		}
		for digits := range strings.FieldsFuncSeq(word, func(r rune) bool { return r < '0' || r > '9' }) {
			if digits != word {
				look(digits)
			}
		}
	}
	return leaks
}

// words returns the words of a text that are long enough for a secret.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !inSecret(r) }) {
			if len(word) >= leastSecret && !yield(word) {
				return
			}
		}
	}
}

// inSecret reports whether the character may be part of a secret.
func inSecret(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("_=/+.-", r)
}

func newSecrets() string {
	return fmt.Sprintf("Auth: {AccessSecret: %q, RefreshSecret: %q}\nOtp: {Pepper: %q}\n", secret(), secret(), secret())
}

func secretsOf(c config.Config) string {
	return fmt.Sprintf("Auth: {AccessSecret: %q, RefreshSecret: %q}\nOtp: {Pepper: %q}\n",
		c.Auth.AccessSecret, c.Auth.RefreshSecret, c.Otp.Pepper)
}

func secret() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}
