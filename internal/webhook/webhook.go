// Package webhook tells other services of the operator what happened to users, by
// Standard Webhooks.
//
// What is to be told is written by the models, in the transaction of what happened: an
// Outbox makes the rows, one for each endpoint that wants the kind. Webhooks sends them.
// The rows are all there is: a row has the time from which it is due, and a node that
// tries it leases it for as long as a try may take. So nothing is lost with a process or
// with Redis, and what was sent and could not be marked is sent again under the same id.
//
// Each endpoint has its own line: own connections, own places, own pauses. One that is
// slow or away holds up no other.
package webhook

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/threading"

	"user-api/model"
)

const (
	// lookEvery is how often an endpoint's rows are looked at where nothing was written
	// here: what other nodes wrote, and what is due again.
	lookEvery = time.Second
	// countEvery is how often what is pending is counted.
	countEvery = 15 * time.Second
	// storeTime bounds a question to the database.
	storeTime = 5 * time.Second
	// slack is what a try has beside the time of its request, to be noted.
	slack = 10 * time.Second
	quiet = 5000 // ms between two lines of the log about the same
)

type (
	// Endpoint is where events are sent.
	Endpoint struct {
		Name, URL string
		// Keys sign the requests, each by itself: the one in use first.
		Keys [][]byte
		// Events are the kinds that it wants.
		Events []string
		// Clear has addresses sent as they are, and not masked.
		Clear bool
		// AllowPrivate lets it be in a network that is not public.
		AllowPrivate bool
		// Concurrency is how many requests of a node are under way at once.
		Concurrency int
		Timeout     time.Duration
	}

	// Options configure Webhooks.
	Options struct {
		Endpoints []Endpoint
		Outbox    *Outbox
		Rows      model.WebhookModel
		States    model.EndpointModel
		// Now dates the requests.
		Now func() time.Time
	}

	// Webhooks sends what is in the outbox. It is safe for concurrent use.
	Webhooks struct {
		Options

		lines []*line
		log   *logx.LessLogger
		// stopping is closed when nothing more is to be begun, cut when what is under
		// way is to end.
		stopping, cut chan struct{}

		mu      sync.Mutex
		stopped bool
		tries   sync.WaitGroup // none begins once stopped is set
	}
)

func (e Endpoint) wants(kind string) bool { return slices.Contains(e.Events, kind) }

// New returns Webhooks; they begin with Run.
func New(o Options) *Webhooks {
	w := &Webhooks{Options: o, log: logx.NewLessLogger(quiet), stopping: make(chan struct{}), cut: make(chan struct{})}
	for _, e := range o.Endpoints {
		w.lines = append(w.lines, newLine(w, e))
	}
	return w
}

// Run sends until ctx ends or Drain is called.
func (w *Webhooks) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var loops sync.WaitGroup
	for _, l := range w.lines {
		loops.Go(func() { threading.RunSafe(func() { l.run(ctx) }) })
	}
	loops.Go(func() { w.every(ctx, countEvery, w.count) })
	select {
	case <-ctx.Done():
	case <-w.stopping:
	}
	cancel()
	loops.Wait()
}

// Drain begins no more tries and waits for those under way. When ctx ends they are cut
// off, and their events are given back. It is called once.
func (w *Webhooks) Drain(ctx context.Context) {
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	close(w.stopping)
	done := make(chan struct{})
	go func() {
		w.tries.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		close(w.cut)
		<-done
	}
	for _, l := range w.lines {
		l.transport.CloseIdleConnections()
	}
}

// enter counts a try that is about to begin, unless none may any more.
func (w *Webhooks) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.stopped {
		w.tries.Add(1)
	}
	return !w.stopped
}

// Deliver sends what is due now to an endpoint, and returns when nothing more is. It is
// for tests, which drive the clock, and is not to be called beside Run.
func (w *Webhooks) Deliver(ctx context.Context) error {
	for _, l := range w.lines {
		for {
			began, err := l.pass(ctx)
			if err != nil {
				return err
			}
			w.tries.Wait()
			if began == 0 {
				break
			}
		}
	}
	return nil
}

// Purge gives up what is too old and deletes what has been settled for long, and returns
// how many those are. What was for an endpoint that is no longer configured is kept less
// long.
func (w *Webhooks) Purge(ctx context.Context) (purged int, err error) {
	names, err := w.Rows.Endpoints(ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		late, kept := lateAfter, keptFor
		if !slices.ContainsFunc(w.Endpoints, func(e Endpoint) bool { return e.Name == name }) {
			late, kept = giveUpAfter, giveUpAfter
		}
		for _, part := range []func() (int, error){
			func() (int, error) { return w.Rows.Expire(ctx, name, late.Milliseconds()) },
			func() (int, error) { return w.Rows.Purge(ctx, name, kept.Milliseconds()) },
		} {
			for n := 1; n > 0; purged += n {
				if n, err = part(); err != nil {
					return purged, err
				}
			}
		}
	}
	return purged, nil
}

func (w *Webhooks) every(ctx context.Context, pause time.Duration, do func(context.Context) error) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			w.log.Errorf("webhook: %v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
