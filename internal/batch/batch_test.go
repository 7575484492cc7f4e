package batch_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"user-api/internal/batch"
)

// table is a store that can be down.
type table struct {
	mu      sync.Mutex
	rows    []int
	largest int
	tries   int
	down    bool
	hang    bool
}

func (s *table) write(ctx context.Context, rows []int) error {
	s.mu.Lock()
	s.tries++
	down, hang := s.down, s.hang
	if !down && !hang {
		s.rows = append(s.rows, rows...)
		s.largest = max(s.largest, len(rows))
	}
	s.mu.Unlock()
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	if down {
		return errors.New("the store is down")
	}
	return nil
}

func (s *table) set(down, hang bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.hang = down, hang
}

func (s *table) count() (rows, tries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows), s.tries
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("timed out waiting for %s", what)
}

func drain(t *testing.T, w *batch.Writer[int], within time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return w.Drain(ctx)
}

// wantAll checks that the rows are 0 to n-1, once each.
func (s *table) wantAll(t *testing.T, n int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := slices.Sorted(slices.Values(s.rows))
	for i := range n {
		if i >= len(rows) || rows[i] != i {
			t.Fatalf("%d rows, and the one at %d is not %d; want 0 to %d, each once", len(rows), i, i, n-1)
		}
	}
	if len(rows) != n {
		t.Fatalf("%d rows, want %d", len(rows), n)
	}
}

// Everything added before Drain is written, in batches of limited size.
func TestDrain_losesNothing(t *testing.T) {
	const workers, each = 64, 500
	s := &table{}
	w := batch.New(batch.Options[int]{Name: "t", Write: s.write, Max: 100, Buffer: workers * each})
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := range each {
				if !w.Add(worker*each + i) {
					t.Error("Add dropped an item below the limit")
				}
			}
		})
	}
	all.Wait()
	if err := drain(t, w, time.Minute); err != nil {
		t.Error(err)
	}
	s.wantAll(t, workers*each)
	if s.largest != 100 {
		t.Errorf("the largest batch has %d rows, want 100", s.largest)
	}
	if w.Add(-1) {
		t.Error("Add accepted an item after Drain")
	}
	if err := drain(t, w, time.Minute); err != nil {
		t.Errorf("a second Drain: %v", err)
	}
}

// During a concurrent Drain, exactly the items that Add accepts are written.
func TestDrain_concurrentAdd(t *testing.T) {
	for range 30 {
		drainConcurrentAdd(t)
	}
}

func drainConcurrentAdd(t *testing.T) {
	t.Helper()
	s := &table{}
	w := batch.New(batch.Options[int]{Name: "t", Write: s.write, Every: time.Millisecond})
	var mu sync.Mutex
	var taken []int
	var all sync.WaitGroup
	for worker := range 32 {
		all.Go(func() {
			for n := worker; w.Add(n); n += 32 {
				mu.Lock()
				taken = append(taken, n)
				mu.Unlock()
			}
		})
	}
	await(t, "a first batch", func() bool { rows, _ := s.count(); return rows > 0 })
	if err := drain(t, w, time.Minute); err != nil {
		t.Error(err)
	}
	all.Wait()
	slices.Sort(taken)
	if rows := slices.Sorted(slices.Values(s.rows)); !slices.Equal(rows, taken) {
		t.Errorf("%d rows are written of %d accepted", len(rows), len(taken))
	}
}

// A few items are written without waiting for a whole batch, in order.
func TestAdd_fewAreWrittenSoon(t *testing.T) {
	s := &table{}
	w := batch.New(batch.Options[int]{Name: "t", Write: s.write, Every: time.Millisecond})
	for i := range 3 {
		w.Add(i)
	}
	await(t, "the rows", func() bool { rows, _ := s.count(); return rows == 3 })
	if !slices.Equal(s.rows, []int{0, 1, 2}) {
		t.Errorf("rows %v, want them in order", s.rows)
	}
	drain(t, w, time.Minute)
}

func TestAdd_storeDownForAWhile(t *testing.T) {
	s := &table{down: true}
	w := batch.New(batch.Options[int]{Name: "t", Write: s.write, Max: 10, Buffer: 1000, Every: time.Millisecond})
	for i := range 1000 {
		if !w.Add(i) {
			t.Fatalf("item %d was dropped below the limit", i)
		}
	}
	await(t, "some tries", func() bool { _, tries := s.count(); return tries >= 3 })
	s.set(false, false)
	await(t, "the rows", func() bool { rows, _ := s.count(); return rows == 1000 })
	s.wantAll(t, 1000)
	drain(t, w, time.Minute)
}

// Beyond the limit a request waits briefly and continues; memory is bounded.
func TestAdd_full(t *testing.T) {
	s := &table{down: true}
	w := batch.New(batch.Options[int]{Name: "t", Write: s.write, Max: 10, Buffer: 10, Every: time.Millisecond, Wait: 20 * time.Millisecond})
	taken, dropped := 0, 0
	for i := range 40 {
		start := time.Now()
		if w.Add(i) {
			taken++
			continue
		}
		dropped++
		if took := time.Since(start); took < 20*time.Millisecond || took > 20*time.Second {
			t.Errorf("a dropped item took %v, want some 20 ms", took)
		}
		if dropped == 3 {
			break
		}
	}
	if taken < 10 || taken > 20 || dropped != 3 {
		t.Errorf("%d accepted and %d dropped, want 10 to 20 and 3", taken, dropped)
	}
	s.set(false, false)
	if err := drain(t, w, time.Minute); err != nil {
		t.Error(err)
	}
	if rows, _ := s.count(); rows != taken {
		t.Errorf("%d rows, want the %d accepted", rows, taken)
	}
}

// A store that is down or hangs does not delay a shutdown beyond its deadline, and the loss
// is reported.
func TestDrain_inTime(t *testing.T) {
	for name, s := range map[string]*table{"down": {down: true}, "hung": {hang: true}} {
		w := batch.New(batch.Options[int]{Name: "t", Write: s.write, Max: 2, Every: time.Millisecond})
		for i := range 5 {
			w.Add(i)
		}
		start := time.Now()
		err := drain(t, w, 50*time.Millisecond)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 20*time.Second {
			t.Errorf("%s: %v after %v, want the deadline", name, err, took)
		}
		if want := "batch: t: 5 lost: context deadline exceeded"; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// A store that recovers while draining gets everything.
func TestDrain_storeComesBack(t *testing.T) {
	s := &table{down: true}
	w := batch.New(batch.Options[int]{Name: "t", Write: s.write, Max: 10, Every: time.Millisecond})
	for i := range 100 {
		w.Add(i)
	}
	await(t, "some tries", func() bool { _, tries := s.count(); return tries >= 2 })
	ended := make(chan error)
	go func() { ended <- drain(t, w, time.Minute) }()
	_, before := s.count()
	await(t, "attempts while draining", func() bool { _, tries := s.count(); return tries > before+1 })
	s.set(false, false)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	s.wantAll(t, 100)
}

func TestIDs(t *testing.T) {
	one, err := batch.NewIDs(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := batch.NewIDs(rand.Reader)
	at := time.UnixMilli(1_795_226_400_123)
	var ids []string
	for range 1000 {
		ids = append(ids, one.Next(at))
	}
	ids = append(ids, one.Next(at.Add(-time.Hour)), one.Next(at.Add(time.Millisecond)), other.Next(at.Add(2*time.Millisecond)))
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("ids do not sort in the order of creation")
	}
	if len(ids[0]) != 26 {
		t.Errorf("an id of %d letters, want 26", len(ids[0]))
	}
	if a, b := one.Next(at), other.Next(at); a == b {
		t.Error("two processes create the same id")
	}
	if before := batch.Before(at); before > ids[0] {
		t.Errorf("Before %s sorts after the ids of that time, %s", before, ids[0])
	}
	third, _ := batch.NewIDs(rand.Reader)
	if earlier := third.Next(at.Add(-time.Millisecond)); earlier >= batch.Before(at) {
		t.Errorf("the id of an earlier time, %s, sorts after Before", earlier)
	}
	if batch.Before(time.Time{}) != "00000000000000000000000000" {
		t.Error("Before of the zero time does not sort before all ids")
	}
}
