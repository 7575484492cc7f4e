package kit

import (
	"strings"
	"sync"
	"testing"

	"user-api/internal/testkit"
)

// Each runs the scenario on every pair of stores at once, each on a fresh App, and
// beside other tests: most of a scenario waits for messages and records.
func Each(t *testing.T, scenario func(*testing.T, *App), options ...Option) {
	t.Helper()
	onlyRaced(t)
	t.Parallel()
	each(t, func(t *testing.T, backend Backend) {
		t.Parallel()
		scenario(t, New(t, backend, options...))
	})
}

// EachRaced is Each for scenarios that ask for many things at once. Their stores have more
// time.
func EachRaced(t *testing.T, scenario func(*testing.T, *App), options ...Option) {
	t.Helper()
	Raced(t)
	Each(t, scenario, append([]Option{crowdedTimes}, options...)...)
}

// EachAlone is Each with one pair after the other and nothing beside it, for scenarios that
// measure time, count lines of the log, or share something outside the App.
func EachAlone(t *testing.T, scenario func(*testing.T, *App), options ...Option) {
	t.Helper()
	each(t, func(t *testing.T, backend Backend) { scenario(t, New(t, backend, options...)) })
}

// raced are the names of tests that take part in the race step.
var raced sync.Map

// Raced has a test take part in the race step, `make race`: many things are asked for at
// once in it. The race step leaves out every other test that starts an App, as most ask
// one thing after the other, which the detector makes ten times slower.
func Raced(t testing.TB) { raced.Store(root(t), true) }

// Crowd is n requests at once, or a fifth of them in the race step: there each takes ten
// times as long, and the detector sees no more in the rest.
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

// root is the name of the test that a subtest is of.
func root(t testing.TB) string {
	name, _, _ := strings.Cut(t.Name(), "/")
	return name
}

// each takes every pair of stores. In the race step it is one, the real one if it is
// there: under the race detector the Redis inside is slow, and has tests of its own.
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
