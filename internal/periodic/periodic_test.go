package periodic_test

import (
	"context"
	"testing"
	"time"

	"user-api/internal/periodic"
)

// The work is done at once, at each interval and when woken, and not after the end.
func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		interval time.Duration
		wake     chan struct{}
	}{
		"interval": {interval: time.Millisecond},
		"woken":    {interval: time.Hour, wake: make(chan struct{}, 3)},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		for range cap(c.wake) {
			c.wake <- struct{}{}
		}
		periodic.Run(ctx, c.interval, c.wake, func() {
			if calls++; calls == 3 {
				cancel()
			}
		})
		// A wake-up that is pending when ctx ends may or may not cause one more call.
		if calls < 3 || calls > 4 {
			t.Errorf("%s: %d calls, want 3", name, calls)
		}
	}
}
