package delivery

import (
	"context"
	"sync"
	"time"
)

type (
	// decoySender stands for a sender where nothing may be sent: it takes as long,
	// and fails as, the last request of the kind to the sender did. So a decoy holds
	// a worker and a place, and comes back, as a message would; nobody who waits
	// behind it learns more. With nothing known it accepts at once.
	decoySender struct {
		Sender

		c *Courier
	}

	// kind is what requests have in common that take alike.
	kind struct {
		provider string
		channel  Channel
		country  string
	}

	// outcome is what a request came to.
	outcome struct {
		took    time.Duration
		failure *SendError
	}

	// outcomes are the last of each kind.
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

// decoys are hops by which nothing is sent.
func (c *Courier) decoys(via []Hop) []Hop {
	hops := make([]Hop, len(via))
	for i, hop := range via {
		hops[i] = Hop{Sender: decoySender{hop.Sender, c}, From: hop.From}
	}
	return hops
}

// learn remembers how a request to a provider ended. What lies with a recipient is
// no measure for others.
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
