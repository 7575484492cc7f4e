package health_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/health"
	"user-api/internal/testkit"
)

var errBroken = errors.New("broken")

// look does not wait for a part whose state is known.
func look(m *health.Monitor) map[string]health.Finding { return m.Look(context.Background(), 0) }

// awaitState polls until the part has the state.
func awaitState(t *testing.T, m *health.Monitor, part string, want health.State) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if look(m)[part].State == want {
			return
		}
	}
	t.Fatalf("%s is %v, want %v", part, look(m)[part], want)
}

func TestLook_asksOnceASecond(t *testing.T) {
	clock := testkit.NewClock()
	var asked atomic.Int32
	m := health.New(clock.Now, health.Part{Name: "a", Ask: func(context.Context) (health.State, error) {
		asked.Add(1)
		return health.OK, nil
	}})
	defer m.Close()
	for range 10 {
		if got := m.Look(t.Context(), time.Minute)["a"].State; got != health.OK {
			t.Errorf("got %v, want ok", got)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times in a second, want once", n)
	}
	clock.Add(time.Second)
	m.Look(t.Context(), time.Minute)
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times in two seconds, want twice", n)
	}
}

// A hanging part keeps its previous state until it is found to be down, and does not delay
// other parts.
func TestLook_aPartThatHangs(t *testing.T) {
	clock := testkit.NewClock()
	hang, release := atomic.Bool{}, make(chan struct{})
	var other atomic.Int32
	m := health.New(clock.Now,
		health.Part{Name: "hangs", Ask: func(ctx context.Context) (health.State, error) {
			if !hang.Load() {
				return health.OK, nil
			}
			<-release
			return health.Down, errBroken
		}},
		health.Part{Name: "other", Ask: func(context.Context) (health.State, error) { return health.State(other.Load()), errBroken }},
	)
	defer m.Close()
	m.Look(t.Context(), time.Minute)
	hang.Store(true)
	other.Store(int32(health.ReadOnly))
	clock.Add(time.Second)
	awaitState(t, m, "other", health.ReadOnly)
	if got := look(m)["hangs"].State; got != health.OK {
		t.Errorf("what hangs is %v, want what was last heard of it, ok", got)
	}
	close(release)
	awaitState(t, m, "hangs", health.Down)
	if err := look(m)["hangs"].Err; !errors.Is(err, errBroken) {
		t.Errorf("the reason is %v, want that of the part", err)
	}
}

// A part that has not responded yet is down, and Look gives it all of the remaining time.
func TestLook_aPartThatNeverAnswered(t *testing.T) {
	release := make(chan struct{})
	m := health.New(time.Now, health.Part{Name: "a", Ask: func(context.Context) (health.State, error) {
		<-release
		return health.OK, nil
	}})
	defer m.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if got := m.Look(ctx, 0)["a"]; got.State != health.Down || got.Err == nil {
		t.Errorf("got %+v, want down with a reason", got)
	}
	close(release)
	if got := m.Look(t.Context(), 0)["a"].State; got != health.OK {
		t.Errorf("got %v, want ok: Look waits for the first answer", got)
	}
}

// A result caused by the shutdown of this process is ignored.
func TestStop(t *testing.T) {
	clock := testkit.NewClock()
	m := health.New(clock.Now, health.Part{Name: "a", Ask: func(ctx context.Context) (health.State, error) {
		if ctx.Err() != nil {
			return health.Down, ctx.Err()
		}
		return health.OK, nil
	}})
	m.Look(t.Context(), time.Minute)
	m.Stop()
	clock.Add(time.Minute)
	if got := m.Look(t.Context(), time.Minute)["a"].State; got != health.OK {
		t.Errorf("after Stop: %v, want what was known", got)
	}
	m.Close()
}
