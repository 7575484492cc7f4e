package password_test

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/password"
)

// valve is a source of randomness that blocks until it is opened. A hash reads its salt once it has
// a slot, so a closed valve keeps all slots occupied.
type valve struct {
	open    chan struct{}
	waiting atomic.Int32
}

func (v *valve) Read(p []byte) (int, error) {
	v.waiting.Add(1)
	<-v.open
	v.waiting.Add(-1)
	return rand.Read(p)
}

// newDryHasher returns a Hasher whose Hash blocks until the valve is opened.
func newDryHasher(t *testing.T, o password.Options) (*password.Hasher, *valve) {
	t.Helper()
	v := &valve{open: make(chan struct{})}
	close(v.open) // New needs a decoy
	o.Rand, o.Params = v, cheap
	h := newHasher(t, o)
	v.open = make(chan struct{})
	return h, v
}

func network(i int) password.Payer { return password.Payer{Network: strconv.Itoa(i)} }

func TestGate_boundsWhatRunsAndWhatWaits(t *testing.T) {
	const callers, turns, queue = 500, 2, 10
	synctest.Test(t, func(t *testing.T) {
		h, v := newDryHasher(t, password.Options{Concurrency: turns, Queue: queue, Wait: time.Hour})
		var done, refused, failed atomic.Int32
		for i := range callers {
			go func() {
				_, err := h.For(network(i)).Hash(t.Context(), phrase)
				switch {
				case err == nil:
					done.Add(1)
				case apperr.Is(err, apperr.Unavailable):
					refused.Add(1)
				default:
					failed.Add(1)
				}
			}()
		}
		synctest.Wait() // until everyone is through or waits
		if got := v.waiting.Load(); got != turns {
			t.Errorf("%d hashes run, want %d", got, turns)
		}
		if got, want := refused.Load(), int32(callers-turns-queue); got != want {
			t.Errorf("%d callers were refused immediately, want %d", got, want)
		}
		close(v.open)
		synctest.Wait()
		if got := done.Load(); got != turns+queue {
			t.Errorf("%d callers were served, want %d", got, turns+queue)
		}
		if got := failed.Load(); got != 0 {
			t.Errorf("%d callers got another error", got)
		}
	})
}

func TestGate_waits(t *testing.T) {
	const wait = 3 * time.Second
	const bcrypt = "$2b$06$mZUJYuNFvL7Ko8JqULVVIuhcH5EPCId53Na3NXIv4dF3ryZNY58C6"
	const argon2 = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQw$hG9fAxoDpW5FREnCctYahg"
	type call func(context.Context, *password.Hasher) error
	verify := func(phc string) call {
		return func(ctx context.Context, h *password.Hasher) error {
			ok, rehash, err := h.Verify(ctx, phc, phrase)
			if ok || rehash {
				err = errors.New("verified without a turn")
			}
			return err
		}
	}
	hash := func(ctx context.Context, h *password.Hasher) error {
		_, err := h.Hash(ctx, phrase)
		return err
	}
	tests := []struct {
		name string
		call call
		ctx  time.Duration // the deadline of the caller
		want time.Duration // how long it waits
	}{
		{name: "Hash", call: hash, ctx: time.Hour, want: wait},
		{name: "Hash until its deadline", call: hash, ctx: time.Second, want: time.Second},
		{name: "Hash after its deadline", call: hash, ctx: -1, want: 0},
		{name: "Verify argon2id", call: verify(argon2), ctx: time.Hour, want: wait},
		{name: "Verify bcrypt", call: verify(bcrypt), ctx: time.Hour, want: wait},
		{name: "Verify bcrypt until its deadline", call: verify(bcrypt), ctx: time.Second, want: time.Second},
		{name: "VerifyNone", ctx: time.Hour, want: wait,
			call: func(ctx context.Context, h *password.Hasher) error { return h.VerifyNone(ctx, phrase) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // its clock runs only while all wait
				h, v := newDryHasher(t, password.Options{Concurrency: 1, Queue: 1, Wait: wait})
				go h.Hash(t.Context(), phrase)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), test.ctx)
				defer cancel()

				begin := time.Now()
				err := test.call(ctx, h)
				if got := time.Since(begin); got != test.want {
					t.Errorf("waited %s, want %s", got, test.want)
				}
				if !apperr.Is(err, apperr.Unavailable) || apperr.From(err).RetryAfter != wait {
					t.Errorf("got %v, want %s with a Retry-After of %s", err, apperr.Unavailable, wait)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want a cause that is %v", err, context.DeadlineExceeded)
				}

				err = h.VerifyNone(t.Context(), phrase)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the next caller got %v, want its place in the queue", err)
				}
				close(v.open)
				synctest.Wait()
				if err := h.VerifyNone(t.Context(), phrase); err != nil {
					t.Errorf("the gate stays blocked: %v", err)
				}
			})
		})
	}
}

func TestGate_doneCallerTakesNoTurn(t *testing.T) {
	h := newHasher(t, password.Options{Params: cheap})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := h.Hash(ctx, phrase)
	if !apperr.Is(err, apperr.Unavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Hash with a canceled context: %v, want %s caused by %v", err, apperr.Unavailable, context.Canceled)
	}
}

// A hash with as many lanes as the gate has slots, or with their memory, runs alone: here it cannot
// start while one of two slots is in use.
func TestGate_heavyHashTakesMoreTurns(t *testing.T) {
	tests := []struct {
		name, phc string
		alone     bool
	}{
		{name: "as a new one", phc: "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQw$hG9fAxoDpW5FREnCctYahg"},
		{name: "two lanes", phc: "$argon2id$v=19$m=64,t=1,p=2$c2FsdHNhbHQw$hG9fAxoDpW5FREnCctYahg", alone: true},
		{name: "a little more memory", phc: "$argon2id$v=19$m=65,t=1,p=1$c2FsdHNhbHQw$hG9fAxoDpW5FREnCctYahg", alone: true},
		{name: "more memory than the gate has", phc: "$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHQw$hG9fAxoDpW5FREnCctYahg", alone: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, v := newDryHasher(t, password.Options{Concurrency: 2})
				go h.Hash(t.Context(), phrase)
				synctest.Wait()
				_, _, err := h.Verify(t.Context(), test.phc, phrase)
				if apperr.Is(err, apperr.Unavailable) != test.alone {
					t.Errorf("Verify with a slot in use: %v, want it refused: %t", err, test.alone)
				}
				close(v.open)
				synctest.Wait()
				if _, _, err := h.Verify(t.Context(), test.phc, phrase); err != nil {
					t.Errorf("Verify alone: %v", err)
				}
			})
		})
	}
}

// Timing cannot be tested, but memory use can.
func TestVerifyNone_worksAsVerify(t *testing.T) {
	h := newHasher(t, password.Options{})
	phc := mustHash(t, h, phrase)
	allocated := func(call func() error) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := call(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	got := allocated(func() error { return h.VerifyNone(context.Background(), "wrong") })
	want := allocated(func() error {
		_, _, err := h.Verify(context.Background(), phc, "wrong")
		return err
	})
	if got < want*99/100 || got > want*101/100 {
		t.Errorf("VerifyNone takes %d bytes, want about %d", got, want)
	}
}

// Many callers need only the memory of the running hashes: 32 concurrent hashes would take 608 MiB.
func TestGate_boundsMemory(t *testing.T) {
	const callers, limit = 32, 200 << 20
	// One pass instead of two halves the time with the same memory.
	h := newHasher(t, password.Options{Concurrency: 2, Wait: time.Hour, Params: password.Params{Time: 1}})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var callersDone sync.WaitGroup
	for range callers {
		callersDone.Go(func() {
			if err := h.VerifyNone(context.Background(), phrase); err != nil {
				t.Errorf("VerifyNone: %v", err)
			}
		})
	}
	callersDone.Wait()
	runtime.ReadMemStats(&after)
	// Sys never shrinks, so it includes the peak.
	if grown := after.Sys - before.Sys; grown > limit {
		t.Errorf("%d callers took %d MiB, want at most %d", callers, grown>>20, limit>>20)
	}
}
