// Package testkit provides the parameters of the service for tests: a manual clock and real
// stores. If a real store is not available, the test is skipped with its name, or fails if
// USER_API_TEST_REQUIRE=1 is set.
package testkit

import (
	"os"
	"sync"
	"testing"
	"time"
)

// Clock is a manual clock. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that starts at the current time, in whole seconds.
func NewClock() *Clock { return &Clock{now: time.Now().Truncate(time.Second)} }

// Add advances the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Missing skips the test because a real store or program is not available, or fails it if
// all are required. It also appends the name to the file that `make test` prints at the
// end.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("USER_API_TEST_REQUIRE") == "1" {
		t.Fatalf("%s is required but not available", what)
	}
	if name := os.Getenv("USER_API_TEST_MISSING"); name != "" {
		file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := file.WriteString(what + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	t.Skipf("%s is not available", what)
}

// NotInRace excludes the test from `make race`, which sets -short. why explains that it
// cannot find a data race because it is sequential, or that it measures time, which fails
// under the race detector's load.
func NotInRace(t testing.TB, why string) {
	t.Helper()
	if testing.Short() {
		t.Skip(why)
	}
}
