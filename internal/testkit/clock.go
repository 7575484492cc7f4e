// Package testkit gives tests what the service takes as parameters: a clock
// that is driven, and stores that are real. A real store that is not there makes
// the test skip by its name, or fail where USER_API_TEST_REQUIRE=1 demands it.
package testkit

import (
	"os"
	"sync"
	"testing"
	"time"
)

// Clock is a clock that moves when told. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at the present, in whole seconds.
func NewClock() *Clock { return &Clock{now: time.Now().Truncate(time.Second)} }

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Missing skips the test for want of a real store or a program, or fails it where all
// are required. What is missing is written to the file that `make test` names, for its
// last lines.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("USER_API_TEST_REQUIRE") == "1" {
		t.Fatalf("%s is required and not there", what)
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
	t.Skipf("%s is not there", what)
}

// NotInRace leaves the test out of `make race`, which is -short: why says how it has
// no data race to find, as it does one thing after the other, or why it fails under
// the detector's load, as it judges time.
func NotInRace(t testing.TB, why string) {
	t.Helper()
	if testing.Short() {
		t.Skip(why)
	}
}
