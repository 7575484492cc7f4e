// Package cluster asks the service on stores as operators run them: a MariaDB with a
// replica, a Galera of three nodes, a Redis Cluster of six, all real processes on
// loopback that fail, come back, and move.
//
// What fits is a test like any other; with USER_API_TEST_CLUSTER=1, which `make cluster`
// sets, each scenario has as many rounds as are promised. With USER_API_TEST_UPDATE=1
// TestMain writes what was measured into docs/scaling.md.
package cluster

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// wholeEnv has the scenarios run in full, updateEnv what was measured written down.
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

// rounds is how often something is done: a few times, or in full.
func rounds(few, full int) int {
	if whole() {
		return full
	}
	return few
}

// need skips the test for want of a program, or fails it where all are required.
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

// until asks until the condition holds, and fails the test when it is too late.
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
