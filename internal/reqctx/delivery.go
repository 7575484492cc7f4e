package reqctx

import (
	"context"
	"sync"
)

// Delivery records whether the response to a request reached the client, as far as the
// server can know. It is safe for concurrent use: work for a request may continue after its
// timeout.
type Delivery struct {
	mu      sync.Mutex
	settled bool
	lost    bool
	ifLost  []func(context.Context)
}

// IfLost calls do if the response to the request of ctx does not reach the client: the
// request ended with another response, or its connection was aborted.
func IfLost(ctx context.Context, do func(context.Context)) {
	d := ClientFrom(ctx).Delivery
	if d == nil {
		return
	}
	d.mu.Lock()
	settled, lost := d.settled, d.lost
	if !settled {
		d.ifLost = append(d.ifLost, do)
	}
	d.mu.Unlock()
	if settled && lost {
		do(ctx)
	}
}

// Settle records whether the response was lost. Only the HTTP edge calls it.
func (d *Delivery) Settle(ctx context.Context, lost bool) {
	d.mu.Lock()
	d.settled, d.lost = true, lost
	do := d.ifLost
	d.ifLost = nil
	d.mu.Unlock()
	if !lost {
		return
	}
	for _, do := range do {
		do(ctx)
	}
}
