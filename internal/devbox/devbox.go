// Package devbox is the data of the inbox page: messages as they arrive, and the history of
// each request. The history is in the memory of this process, with addresses and outcomes in
// plaintext, and only exists outside production.
package devbox

import (
	"context"
	"strconv"
	"sync"
	"time"

	"user-api/internal/address"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
)

const (
	// kept is the number of requests that are kept.
	kept = 200
	// stepsKept bounds the steps of one message: a script may try many codes.
	stepsKept = 50
	// queued is the number of requests that may wait until their limits are read.
	queued = 64
)

type (
	// Options configure a Box.
	Options struct {
		// Levels returns the usage of the limits of a message.
		Levels func(context.Context, guard.Send) ([]guard.Level, error)
		Now    func() time.Time
		// Draining is closed when the process is about to stop.
		Draining <-chan struct{}
	}

	// Box keeps the history. It is an event.Sink, and safe for concurrent use.
	Box struct {
		Options

		levels  chan levelsJob
		readers chan struct{}

		mu sync.Mutex
		// asks are sorted, oldest first. version counts changes.
		asks    []*Ask
		version uint64
		// changed is closed at the next change, if a reader waits for it.
		changed chan struct{}
	}

	// Ask is a requested message and its history.
	Ask struct {
		// ID is the id of the message, or an id of its own if a limit refused the request.
		ID      string `json:"id"`
		To      string `json:"to"`
		Channel string `json:"channel"`
		// At is when it was requested, in Unix milliseconds.
		At    int64  `json:"at"`
		Steps []Step `json:"steps"`
		// Limit is the limit that refused it, or "".
		Limit string `json:"limit,omitempty"`
		// Limits are the usage of the message's limits after it.
		Limits []Limit `json:"limits,omitempty"`

		otpID   string
		send    int
		version uint64
	}

	// Step is an event of a message, in the words of GET /admin/deliveries.
	Step struct {
		// At is in Unix milliseconds and may be in the future.
		At       int64  `json:"at"`
		Step     string `json:"step"`
		Provider string `json:"provider,omitempty"`
		Reason   string `json:"reason,omitempty"`
		Code     int    `json:"code,omitempty"`
	}

	// Limit is the usage of a limit: Used of Most in Window seconds, in messages, or in
	// micro-USD if the limit is a budget.
	Limit struct {
		Limit  string `json:"limit"`
		Used   int64  `json:"used"`
		Most   int64  `json:"most"`
		Window int64  `json:"window"`
	}

	// levelsJob is a request whose limits are to be read.
	levelsJob struct {
		ask  *Ask
		send guard.Send
	}
)

// New returns a Box. Run reads limits for it.
func New(o Options) *Box {
	return &Box{Options: o, levels: make(chan levelsJob, queued), readers: make(chan struct{}, MaxReaders)}
}

// Run reads the limits of requests until ctx ends.
func (b *Box) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-b.levels:
			levels, err := b.Levels(ctx, w.send)
			if err != nil {
				continue // the page shows none
			}
			b.mu.Lock()
			for _, l := range levels {
				w.ask.Limits = append(w.ask.Limits, Limit{string(l.Class), l.Used, l.Most, int64(l.Window / time.Second)})
			}
			b.touch(w.ask)
			b.mu.Unlock()
		}
	}
}

// Keep implements event.Sink.
func (b *Box) Keep(ctx context.Context, e event.Event) {
	step := e.Step()
	if step == "" || e.Address.IsZero() && step != event.StepUsed && step != event.StepTried {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.find(e)
	opens := step == event.StepAsked || step == event.StepLimited
	switch {
	case opens && a == nil:
		a = b.add(e)
		b.queueLevels(ctx, a, e.Address)
	case a == nil || len(a.Steps) >= stepsKept:
		return
	}
	a.Steps = append(a.Steps, Step{
		At: b.Now().Add(e.After).UnixMilli(), Step: string(step), Provider: e.Provider, Reason: string(e.Reason), Code: e.Code,
	})
	b.touch(a)
}

// add adds a request. b.mu is held.
func (b *Box) add(e event.Event) *Ask {
	a := &Ask{
		ID: e.OtpID + "." + strconv.Itoa(e.Send), To: e.Address.Canonical(), Channel: e.Channel, At: b.Now().UnixMilli(),
		Limit: e.Limit, otpID: e.OtpID, send: e.Send,
	}
	if e.OtpID == "" {
		a.ID = "limited." + strconv.FormatUint(b.version, 10)
	}
	if len(b.asks) == kept {
		b.asks = append(b.asks[:0], b.asks[1:]...)
	}
	b.asks = append(b.asks, a)
	return a
}

// queueLevels queues a request for reading its limits, unless the queue is full.
func (b *Box) queueLevels(ctx context.Context, a *Ask, to address.Address) {
	send := guard.Send{Address: to, Channel: a.Channel, Client: reqctx.ClientFrom(ctx).IP}
	if !send.Client.IsValid() {
		return // a notice, which no client requested
	}
	select {
	case b.levels <- levelsJob{a, send}:
	default:
	}
}

// find returns the request of an event, the last one of its challenge if the event has no send.
func (b *Box) find(e event.Event) *Ask {
	for i := len(b.asks) - 1; i >= 0 && e.OtpID != ""; i-- {
		if a := b.asks[i]; a.otpID == e.OtpID && (e.Send == 0 || a.send == e.Send) {
			return a
		}
	}
	return nil
}

// touch marks a request as changed and wakes the readers. b.mu is held.
func (b *Box) touch(a *Ask) {
	b.version++
	a.version = b.version
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}
