// Package process starts the real binary as an operator does and tests it from outside: its
// answers, files, output and exit. Every test starts with its own folder that contains only
// a copy of etc/.
//
// At the end, the output of the processes, at the most verbose level, is searched for every
// secret that the tests have seen.
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

// repo is the root of the repository, relative to this folder.
const repo = "../.."

// memory holds the data for the final search.
var memory struct {
	mu      sync.Mutex
	secrets map[string]bool
	outputs []*output
}

// signsOfFaults lists what no process may print in any situation.
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

// remember adds secrets that no process may print. A number counts without its plus sign,
// so that it is found in every spelling.
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

// search finds remembered secrets in a text. A short code may also be part of a longer
// number, so it counts only as a whole number.
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

// eachStores runs the test on SQLite with the embedded Redis and on MariaDB with Redis, in
// parallel and in parallel with other tests: most of it waits.
func eachStores(t *testing.T, test func(*testing.T, *home)) {
	t.Helper()
	eachPair(t, (*home).onRealStores, test)
}

// eachEmptyStores is eachStores for tests on a database without tables.
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
