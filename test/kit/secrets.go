package kit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/httpapi"
)

// memory holds what the service must not tell: every secret given out, and the
// whole log of the suite.
var memory struct {
	mu      sync.Mutex
	secrets map[string]bool
	log     bytes.Buffer
	once    sync.Once
}

// Main is TestMain for a suite of scenarios: after the tests it searches the log
// they made, at its most talkative and before any redaction, for every secret.
func Main(m *testing.M) { MainThen(m, func() {}) }

// MainThen is Main, and then ends what the tests share.
func MainThen(m *testing.M, end func()) {
	code := m.Run()
	RemoveBinary()
	end()
	if leaks := searchLog(); len(leaks) > 0 {
		fmt.Printf("FAIL: the log tells secrets:\n%s\n", strings.Join(leaks, "\n"))
		code = 1
	}
	os.Exit(code)
}

// Log is the log so far.
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

func remember(secret string) {
	if len(secret) < 8 {
		return
	}
	memory.mu.Lock()
	defer memory.mu.Unlock()
	if memory.secrets == nil {
		memory.secrets = map[string]bool{}
	}
	memory.secrets[strings.TrimPrefix(secret, "+")] = true
}

func known() map[string]bool {
	memory.mu.Lock()
	defer memory.mu.Unlock()
	return maps.Clone(memory.secrets)
}

func searchLog() []string {
	return search(Log(), known())
}

// searchRedis searches every key and value, and demands that each key has a TTL.
func (a *App) searchRedis() {
	ctx := context.Background()
	rdb := a.Redis.Client
	secrets := known()
	for _, key := range rdb.Keys(ctx, "*").Val() {
		text := key + "\n" + rdb.Get(ctx, key).Val() + "\n" + fmt.Sprint(rdb.HGetAll(ctx, key).Val()) +
			"\n" + fmt.Sprint(rdb.LRange(ctx, key, 0, -1).Val()) + "\n" + fmt.Sprint(rdb.SMembers(ctx, key).Val()) +
			"\n" + fmt.Sprint(rdb.ZRange(ctx, key, 0, -1).Val())
		if leaks := search(text, secrets); len(leaks) > 0 {
			a.t.Errorf("Redis tells secrets: %v", leaks)
		}
		if rdb.PTTL(ctx, key).Val() == -1 { // -2 is that of a key which has just ended
			a.t.Errorf("the key %s has no TTL", key)
		}
	}
}

var words = regexp.MustCompile(`[A-Za-z0-9_=/+.-]{8,}`)

// search finds secrets in a text. It looks each word of the text up, and each
// run of digits, so that its cost is that of the text.
func search(text string, secrets map[string]bool) []string {
	var leaks []string
	for _, word := range words.FindAllString(text, -1) {
		for _, part := range append(strings.FieldsFunc(word, func(r rune) bool { return r < '0' || r > '9' }), word, strings.Trim(word, "+=.")) {
			if secrets[part] {
				leaks = append(leaks, fmt.Sprintf("%q", part))
			}
		}
	}
	return leaks
}
