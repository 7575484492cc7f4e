// Package process starts the real binary as an operator does and looks at it
// from outside: its answers, its files, its output and how it ends. Every test
// begins with a folder of its own that holds a copy of etc/ and nothing else.
//
// What the processes print, at the most talkative level, is searched at the end
// for every secret that the tests have seen.
package process

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"user-api/test/kit"
)

// repo is the root of the repository, seen from this folder.
const repo = "../.."

// memory is what the final search needs.
var memory struct {
	mu      sync.Mutex
	secrets map[string]bool
	outputs []*output
}

// signsOfFaults are what no process may print, whatever it is asked.
var signsOfFaults = []string{"panic:", "DATA RACE", "runtime error", "goroutine 1 ["}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, out := range memory.outputs {
		text := out.String()
		faults := search(text)
		for _, sign := range signsOfFaults {
			if strings.Contains(text, sign) {
				faults = append(faults, sign)
			}
		}
		if len(faults) > 0 {
			fmt.Printf("FAIL: a process of %s printed what it must not: %q\n", out.test, faults)
			code = 1
		}
	}
	kit.RemoveBinary()
	os.Exit(code)
}

// remember adds secrets to what no process may print. A number counts without
// its plus, so that it is found however it is written.
func remember(secrets ...string) {
	memory.mu.Lock()
	defer memory.mu.Unlock()
	if memory.secrets == nil {
		memory.secrets = map[string]bool{}
	}
	for _, secret := range secrets {
		if secret = strings.TrimPrefix(secret, "+"); secret != "" {
			memory.secrets[secret] = true
		}
	}
}

// rememberAnswer remembers the secrets of an answer.
func rememberAnswer(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			text, _ := inner.(string)
			switch key {
			case "accessToken", "refreshToken", "otp", "phone":
				remember(text)
			}
			rememberAnswer(inner)
		}
	case []any:
		for _, inner := range value {
			rememberAnswer(inner)
		}
	}
}

// search finds remembered secrets in a text. A code of few digits is also part of
// longer numbers, so it counts only where it stands alone.
func search(text string) []string {
	memory.mu.Lock()
	defer memory.mu.Unlock()
	var found []string
	for secret := range memory.secrets {
		if !strings.Contains(text, secret) {
			continue
		}
		const end = `(^|[^A-Za-z0-9.:_-]|$)`
		if len(secret) >= 8 || regexp.MustCompile(end+regexp.QuoteMeta(secret)+end).MatchString(text) {
			found = append(found, secret)
		}
	}
	return found
}

// eachStores runs the test on SQLite with the Redis inside, and on MariaDB with Redis,
// at once and beside other tests: most of it waits.
func eachStores(t *testing.T, test func(*testing.T, *home)) {
	t.Helper()
	eachPair(t, (*home).onRealStores, test)
}

// eachEmptyStores is eachStores for tests about a database without tables.
func eachEmptyStores(t *testing.T, test func(*testing.T, *home)) {
	t.Helper()
	eachPair(t, (*home).onEmptyStores, test)
}

func eachPair(t *testing.T, onReal func(*home, *testing.T) *home, test func(*testing.T, *home)) {
	t.Helper()
	t.Parallel()
	t.Run(string(kit.Embedded), func(t *testing.T) {
		t.Parallel()
		test(t, newHome(t))
	})
	t.Run(string(kit.Real), func(t *testing.T) {
		t.Parallel()
		test(t, onReal(newHome(t), t))
	})
}
