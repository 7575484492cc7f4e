package kit

import (
	"strings"
	"sync"
	"testing"

	"user-api/internal/testkit"
)

// Each runs the scenario on every backend in parallel, each with a fresh App, and in parallel
// with other tests: a scenario mostly waits for messages and records.
func Each(t *testing.T, scenario func(*testing.T, *App), options ...Option) {
	t.Helper()
	onlyRaced(t)
	t.Parallel()
	each(t, func(t *testing.T, backend Backend) {
		t.Parallel()
		scenario(t, New(t, backend, options...))
	})
}

// EachRaced is like Each for scenarios that send many requests concurrently. Their store
// timeouts are longer.
func EachRaced(t *testing.T, scenario func(*testing.T, *App), options ...Option) {
	t.Helper()
	Raced(t)
	Each(t, scenario, append([]Option{crowdedTimes}, options...)...)
}

// EachAlone is like Each but runs nothing in parallel, for scenarios that measure time, count
// log lines or share something outside the App.
func EachAlone(t *testing.T, scenario func(*testing.T, *App), options ...Option) {
	t.Helper()
	each(t, func(t *testing.T, backend Backend) { scenario(t, New(t, backend, options...)) })
}

// raced holds the names of the tests that run in the race step.
var raced sync.Map

// Raced marks a test with concurrent requests to run in the race step, `make race`. That step
// skips all other tests that start an App: most of them send one request after the other, and
// the detector makes them ten times slower.
func Raced(t testing.TB) { raced.Store(root(t), true) }

// Crowd returns the number of concurrent requests: n, or a fifth of n in the race step, where
// each request takes ten times as long.
func Crowd(n int) int {
	if testing.Short() {
		return n / 5
	}
	return n
}

func onlyRaced(t testing.TB) {
	t.Helper()
	if _, takesPart := raced.Load(root(t)); !takesPart {
		testkit.NotInRace(t, "asks one thing after the other")
	}
}

// root returns the name of the top-level test.
func root(t testing.TB) string {
	name, _, _ := strings.Cut(t.Name(), "/")
	return name
}

// each calls run for every backend. In the race step it uses only the real one, if there is
// one: the embedded Redis is slow under the race detector and has its own tests.
func each(t *testing.T, run func(*testing.T, Backend)) {
	t.Helper()
	pairs := []Backend{Embedded, Real}
	if testing.Short() && testkit.HasMySQL() {
		pairs = pairs[1:]
	}
	for _, backend := range pairs {
		t.Run(string(backend), func(t *testing.T) { run(t, backend) })
	}
}
