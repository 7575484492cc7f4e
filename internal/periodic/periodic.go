// Package periodic repeats background work.
package periodic

import (
	"context"
	"time"
)

// Run calls do immediately, then at every interval and whenever wake has a value, until ctx
// ends. wake may be nil.
func Run(ctx context.Context, interval time.Duration, wake <-chan struct{}, do func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-wake:
		}
	}
}
