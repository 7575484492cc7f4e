// Package cluster tests the service on stores as operators run them: a MariaDB with a
// replica, a Galera cluster of three nodes, a Redis Cluster of six, all real processes on
// loopback that fail, come back, and move.
//
// Without USER_API_TEST_CLUSTER=1, which `make cluster` sets, scenarios run in a short
// form; with it, each has the promised number of rounds. With USER_API_TEST_UPDATE=1,
// TestMain writes the measurements into docs/scaling.md.
package cluster

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// wholeEnv runs the scenarios in full, updateEnv writes the measurements.
const (
	wholeEnv  = "USER_API_TEST_CLUSTER"
	updateEnv = "USER_API_TEST_UPDATE"
)

func TestMain(m *testing.M) {
	kit.MainThen(m, func() {
		if template != "" {
			os.RemoveAll(template)
		}
		if os.Getenv(updateEnv) != "" {
			writeMeasured()
		}
	})
}

// whole reports whether the scenarios run in full.
func whole() bool { return os.Getenv(wholeEnv) != "" }

// rounds returns the number of repetitions: a few, or all in a full run.
func rounds(few, full int) int {
	if whole() {
		return full
	}
	return few
}

// need skips the test if a program is missing, or fails it if all are required.
func need(t *testing.T, programs ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts servers")
	}
	for _, program := range programs {
		_, err := exec.LookPath(program)
		if _, statErr := os.Stat(program); err == nil || statErr == nil {
			continue
		}
		testkit.Missing(t, program)
	}
}

// until polls until the condition holds, and fails the test after a timeout.
func until(t *testing.T, within time.Duration, what string, done func() bool) (took time.Duration) {
	t.Helper()
	begin := time.Now()
	for ; time.Since(begin) < within; time.Sleep(20 * time.Millisecond) {
		if done() {
			return time.Since(begin)
		}
	}
	t.Fatalf("%s: not within %v", what, within)
	return 0
}
