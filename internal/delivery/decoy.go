package delivery

import (
	"context"
	"sync"
	"time"
)

type (
	// decoySender replaces a sender when nothing may be sent. It takes as long, and fails in
	// the same way, as the last similar request to the sender. A decoy thus occupies a
	// worker and a slot and is retried like a real message, so that messages queued behind it
	// disclose nothing. It succeeds immediately if there was no similar request.
	decoySender struct {
		Sender

		c *Courier
	}

	// kind identifies requests that are expected to behave alike.
	kind struct {
		provider string
		channel  Channel
		country  string
	}

	// outcome is the result of a request.
	outcome struct {
		took    time.Duration
		failure *SendError
	}

	// outcomes holds the last outcome of each kind.
	outcomes struct {
		mu   sync.Mutex
		last map[kind]outcome
	}
)

// Send implements Sender.
func (d decoySender) Send(ctx context.Context, m Message) error {
	last := d.c.outcomes.of(m, d.Name())
	d.c.wait(ctx, min(d.c.jittered(last.took), d.c.bound(d.Sender)))
	if last.failure == nil {
		return nil
	}
	return last.failure
}

func isDecoy(s Sender) bool {
	_, ok := s.(decoySender)
	return ok
}

// decoys returns the hops with decoy senders.
func (c *Courier) decoys(via []Hop) []Hop {
	hops := make([]Hop, len(via))
	for i, hop := range via {
		hops[i] = Hop{Sender: decoySender{hop.Sender, c}, From: hop.From}
	}
	return hops
}

// learn remembers how a request to a provider ended. Failures caused by a recipient do not
// predict those of others.
func (o *outcomes) learn(m Message, provider string, took time.Duration, failure *SendError) {
	if failure != nil && !AboutRoute(failure.Reason) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last[kind{provider, m.Channel, m.Country}] = outcome{took, failure}
}

func (o *outcomes) of(m Message, provider string) outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last[kind{provider, m.Channel, m.Country}]
}
