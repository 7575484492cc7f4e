package webhook

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/threading"

	"user-api/internal/periodic"
	"user-api/model"
)

// sender sends the webhooks of one endpoint from this node. One goroutine runs its passes.
type sender struct {
	Endpoint
	hooks     *Webhooks
	transport *http.Transport
	// slots holds a value for each attempt in progress. wake has one if some may have ended
	// or rows may have been written since the last pass.
	slots, wake chan struct{}
	// recorded is when a success was last recorded, in Unix milliseconds.
	recorded atomic.Int64
}

func newSender(w *Webhooks, e Endpoint) *sender {
	return &sender{Endpoint: e, hooks: w, transport: newTransport(e), slots: make(chan struct{}, e.Concurrency), wake: w.Outbox.woken[e.Name]}
}

func (s *sender) run(ctx context.Context) {
	periodic.Run(ctx, lookEvery, s.wake, func() {
		if _, err := s.pass(ctx); err != nil && ctx.Err() == nil {
			s.hooks.log.Errorf("webhook: %s: %v", s.Name, err)
		}
	})
}

// pass starts as many attempts as there are free slots and returns how many. A paused
// endpoint gets a single attempt from all nodes together.
func (s *sender) pass(ctx context.Context) (began int, err error) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	free := cap(s.slots) - len(s.slots)
	if free == 0 {
		return 0, nil
	}
	state, err := s.hooks.States.State(ctx, s.Name)
	if err != nil || state.Pause > 0 {
		return 0, err
	}
	probe := state.Paused > 0 || state.Failures >= openAfter
	if probe {
		if free = 1; len(s.slots) > 0 {
			return 0, nil
		}
	}
	due, err := s.hooks.Rows.Due(ctx, s.Name, free)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	if probe {
		if mine, err := s.hooks.States.Probe(ctx, state, s.lease().Milliseconds()); err != nil || !mine {
			return 0, err
		}
	}
	for _, w := range due {
		if !s.hooks.enter() {
			return began, nil
		}
		mine, err := s.hooks.Rows.Claim(ctx, w, s.lease().Milliseconds())
		if !mine || err != nil {
			s.hooks.tries.Done()
		}
		if err != nil {
			return began, err
		}
		if mine {
			began++
			s.begin(w, state.Failures)
		}
	}
	return began, nil
}

// lease is how long an attempt and everything that belongs to it may take.
func (s *sender) lease() time.Duration { return s.Timeout + slack }

// begin makes an attempt in the background; failures is the number of failures in a row.
func (s *sender) begin(w *model.DueWebhook, failures int64) {
	s.slots <- struct{}{}
	go func() {
		defer s.hooks.tries.Done()
		defer ping(s.wake)
		defer func() { <-s.slots }()
		threading.RunSafe(func() { s.try(w, failures) })
	}()
}

func (s *sender) try(w *model.DueWebhook, failures int64) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.hooks.cut:
			cancel()
		case <-ctx.Done():
		}
	}()
	a := post(ctx, s.transport, s.Endpoint, w.Event, s.hooks.Now(), []byte(w.Body))
	cutOff := !a.ok() && ctx.Err() != nil
	if cutOff {
		a.result = "given_back"
	}
	tried.Inc(s.Name, outcome(a, cutOff))
	s.note(func(ctx context.Context) error {
		switch {
		case cutOff:
			return s.hooks.Rows.Release(ctx, w)
		case a.ok():
			return s.succeeded(ctx, w, a, failures)
		}
		return s.failed(ctx, w, a, failures)
	})
}

func (s *sender) succeeded(ctx context.Context, w *model.DueWebhook, a answer, failures int64) error {
	if _, err := s.hooks.Rows.Settle(ctx, w, model.WebhookDelivered, a.result); err != nil {
		return err
	}
	now := s.hooks.Now().UnixMilli()
	if before := s.recorded.Load(); failures == 0 && now-before < noteEvery.Milliseconds() && now >= before {
		return nil
	}
	if err := s.hooks.States.Succeeded(ctx, s.Name); err != nil {
		return err
	}
	s.recorded.Store(now)
	if failures < openAfter {
		return nil
	}
	return s.hooks.Rows.MakeDue(ctx, s.Name) // it has recovered
}

func (s *sender) failed(ctx context.Context, w *model.DueWebhook, a answer, failures int64) error {
	after := max(delay(w.Event, w.Tries), a.asks())
	var err error
	if age := time.Duration(w.Age) * time.Millisecond; age+after > giveUpAfter {
		_, err = s.hooks.Rows.Settle(ctx, w, model.WebhookFailed, a.result)
	} else {
		err = s.hooks.Rows.Retry(ctx, w, after.Milliseconds(), a.result)
	}
	if err != nil || a.ofEvent() {
		return err
	}
	limit, rest := int64(openAfter), pause(failures+1)
	if asked := a.asks(); asked > 0 {
		limit, rest = 0, asked
	}
	return s.hooks.States.Failed(ctx, s.Name, a.result, limit, rest.Milliseconds())
}

// note records the result of an attempt. It retries until the lease ends, because an event
// whose result is not recorded is sent again.
func (s *sender) note(record func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), slack)
	defer cancel()
	for {
		one, done := context.WithTimeout(ctx, storeTime)
		err := record(one)
		done()
		if err == nil {
			return
		}
		s.hooks.log.Errorf("webhook: %s: the result of an attempt could not be recorded: %v", s.Name, err)
		select {
		case <-ctx.Done():
			return
		case <-s.hooks.cut:
			return
		case <-time.After(lookEvery):
		}
	}
}

// outcome returns the outcome label of the metric.
func outcome(a answer, cutOff bool) string {
	switch {
	case cutOff:
		return "given_back"
	case a.ok():
		return "delivered"
	case a.status > 0:
		return "refused"
	}
	return a.result
}
