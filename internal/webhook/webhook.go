// Package webhook notifies other services of the operator about changes to users, in the
// format of Standard Webhooks.
//
// The models write each event in the transaction of the change: an Outbox creates the rows,
// one for each endpoint that wants the kind, and Webhooks sends them. The rows are the only
// state: a row has the time from which it is due, and a node that attempts it leases it for
// as long as an attempt may take. Nothing is lost with a process or with Redis. An event
// that was sent but could not be marked is sent again under the same id.
//
// Each endpoint has its own connections, slots and pauses, so that one that is slow or down
// does not delay the others.
package webhook

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/threading"

	"user-api/internal/periodic"
	"user-api/model"
)

const (
	// lookEvery is how often the rows of an endpoint are read if nothing was written on this
	// node: rows of other nodes and rows that are due again.
	lookEvery = time.Second
	// countEvery is how often the gauges are updated.
	countEvery = 15 * time.Second
	// storeTime bounds a query.
	storeTime = 5 * time.Second
	// slack is the time that an attempt has in addition to its request, to be recorded.
	slack = 10 * time.Second
	quiet = 5000 // ms between two identical log lines
)

type (
	// Endpoint is a receiver of events.
	Endpoint struct {
		Name, URL string
		// Keys sign the requests, one signature each: the current key first.
		Keys [][]byte
		// Events are the kinds that the endpoint wants.
		Events []string
		// Clear sends addresses unmasked.
		Clear bool
		// AllowPrivate permits networks that are not public.
		AllowPrivate bool
		// Concurrency is the maximum number of concurrent requests from a node.
		Concurrency int
		Timeout     time.Duration
	}

	// Options configure Webhooks.
	Options struct {
		Endpoints []Endpoint
		Outbox    *Outbox
		Rows      model.WebhookModel
		States    model.EndpointModel
		// Now timestamps the requests.
		Now func() time.Time
	}

	// Webhooks sends the events of the outbox. It is safe for concurrent use.
	Webhooks struct {
		Options

		senders []*sender
		log     *logx.LessLogger
		// stopping is closed when no more attempts may start, cut when those in progress
		// must end.
		stopping, cut chan struct{}

		mu      sync.Mutex
		stopped bool
		tries   sync.WaitGroup // no attempt starts once stopped is set
	}
)

func (e Endpoint) wants(kind string) bool { return slices.Contains(e.Events, kind) }

// New returns Webhooks, which Run starts.
func New(o Options) *Webhooks {
	w := &Webhooks{Options: o, log: logx.NewLessLogger(quiet), stopping: make(chan struct{}), cut: make(chan struct{})}
	for _, e := range o.Endpoints {
		w.senders = append(w.senders, newSender(w, e))
	}
	return w
}

// Run sends until ctx ends or Drain is called.
func (w *Webhooks) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var loops sync.WaitGroup
	for _, l := range w.senders {
		loops.Go(func() { threading.RunSafe(func() { l.run(ctx) }) })
	}
	loops.Go(func() {
		periodic.Run(ctx, countEvery, nil, func() {
			if err := w.count(ctx); err != nil && ctx.Err() == nil {
				w.log.Errorf("webhook: %v", err)
			}
		})
	})
	select {
	case <-ctx.Done():
	case <-w.stopping:
	}
	cancel()
	loops.Wait()
}

// Drain starts no more attempts and waits for those in progress. When ctx ends they are
// cancelled and their events given back. It must be called only once.
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
	for _, l := range w.senders {
		l.transport.CloseIdleConnections()
	}
}

// enter counts an attempt that is about to start. It returns false once none may start.
func (w *Webhooks) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.stopped {
		w.tries.Add(1)
	}
	return !w.stopped
}

// Purge gives up events that are too old, deletes those that were settled long ago, and
// returns the number of both. Events of endpoints that are no longer configured are kept
// for a shorter time.
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
