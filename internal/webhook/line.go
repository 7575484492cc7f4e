package webhook

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/threading"

	"user-api/model"
)

// line is what is sent to one endpoint by this node. One goroutine makes its passes.
type line struct {
	Endpoint
	of        *Webhooks
	transport *http.Transport
	// places holds a value for each try that is under way; freed has one while some may
	// have ended since the last pass.
	places chan struct{}
	freed  chan struct{}
	// noted is when a success was last noted, in Unix milliseconds.
	noted atomic.Int64
}

func newLine(w *Webhooks, e Endpoint) *line {
	return &line{Endpoint: e, of: w, transport: newTransport(e), places: make(chan struct{}, e.Concurrency), freed: make(chan struct{}, 1)}
}

func (l *line) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if _, err := l.pass(ctx); err != nil && ctx.Err() == nil {
			l.of.log.Errorf("webhook: %s: %v", l.Name, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-l.freed:
		case <-l.of.Outbox.woken[l.Name]:
		}
	}
}

// pass begins as many tries as there are places for, and returns how many. An endpoint
// that was paused gets a single one, of all nodes together.
func (l *line) pass(ctx context.Context) (began int, err error) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	free := cap(l.places) - len(l.places)
	if free == 0 {
		return 0, nil
	}
	state, err := l.of.States.State(ctx, l.Name)
	if err != nil || state.Pause > 0 {
		return 0, err
	}
	probe := state.Paused > 0 || state.Failures >= openAfter
	if probe {
		if free = 1; len(l.places) > 0 {
			return 0, nil
		}
	}
	due, err := l.of.Rows.Due(ctx, l.Name, free)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	if probe {
		if mine, err := l.of.States.Probe(ctx, state, l.lease().Milliseconds()); err != nil || !mine {
			return 0, err
		}
	}
	for _, w := range due {
		if !l.of.enter() {
			return began, nil
		}
		mine, err := l.of.Rows.Claim(ctx, w, l.lease().Milliseconds())
		if !mine || err != nil {
			l.of.tries.Done()
		}
		if err != nil {
			return began, err
		}
		if mine {
			began++
			l.begin(w, state.Failures)
		}
	}
	return began, nil
}

// lease is how long a try may take, with all that belongs to it.
func (l *line) lease() time.Duration { return l.Timeout + slack }

// begin makes a try in the background, after so many failures in a row.
func (l *line) begin(w *model.DueWebhook, failures int64) {
	l.places <- struct{}{}
	go func() {
		defer l.of.tries.Done()
		defer ping(l.freed)
		defer func() { <-l.places }()
		threading.RunSafe(func() { l.try(w, failures) })
	}()
}

func (l *line) try(w *model.DueWebhook, failures int64) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-l.of.cut:
			cancel()
		case <-ctx.Done():
		}
	}()
	a := post(ctx, l.transport, l.Endpoint, w.Event, l.of.Now(), []byte(w.Body))
	given := !a.ok() && ctx.Err() != nil
	if given {
		a.result = "given_back"
	}
	tried.Inc(l.Name, outcome(a, given))
	l.note(func(ctx context.Context) error {
		switch {
		case given:
			return l.of.Rows.GiveBack(ctx, w)
		case a.ok():
			return l.succeeded(ctx, w, a, failures)
		}
		return l.failed(ctx, w, a, failures)
	})
}

func (l *line) succeeded(ctx context.Context, w *model.DueWebhook, a answer, failures int64) error {
	if _, err := l.of.Rows.Settle(ctx, w, model.WebhookDelivered, a.result); err != nil {
		return err
	}
	now := l.of.Now().UnixMilli()
	if before := l.noted.Load(); failures == 0 && now-before < noteEvery.Milliseconds() && now >= before {
		return nil
	}
	if err := l.of.States.Succeeded(ctx, l.Name); err != nil {
		return err
	}
	l.noted.Store(now)
	if failures < openAfter {
		return nil
	}
	return l.of.Rows.Hurry(ctx, l.Name) // it is well again
}

func (l *line) failed(ctx context.Context, w *model.DueWebhook, a answer, failures int64) error {
	after := max(delay(w.Event, w.Tries), a.asks())
	var err error
	if age := time.Duration(w.Age) * time.Millisecond; age+after > giveUpAfter {
		_, err = l.of.Rows.Settle(ctx, w, model.WebhookFailed, a.result)
	} else {
		err = l.of.Rows.Again(ctx, w, after.Milliseconds(), a.result)
	}
	if err != nil || a.ofEvent() {
		return err
	}
	limit, rest := int64(openAfter), pause(failures+1)
	if asked := a.asks(); asked > 0 {
		limit, rest = 0, asked
	}
	return l.of.States.Failed(ctx, l.Name, a.result, limit, rest.Milliseconds())
}

// note writes down what came of a try. A database that does not take it is asked again
// until the lease is over, for what cannot be noted is sent once more.
func (l *line) note(write func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), slack)
	defer cancel()
	for {
		one, done := context.WithTimeout(ctx, storeTime)
		err := write(one)
		done()
		if err == nil {
			return
		}
		l.of.log.Errorf("webhook: %s: what came of a try is not noted: %v", l.Name, err)
		select {
		case <-ctx.Done():
			return
		case <-l.of.cut:
			return
		case <-time.After(lookEvery):
		}
	}
}

// outcome is the word of the metric.
func outcome(a answer, given bool) string {
	switch {
	case given:
		return "given_back"
	case a.ok():
		return "delivered"
	case a.status > 0:
		return "refused"
	}
	return a.result
}
