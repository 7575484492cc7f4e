// Package devbox is what the page of the inbox shows: messages as they arrive, and what
// became of each that was asked for. The latter is in the memory of this process, with
// addresses and codes' fates in clear, and exists outside pro alone.
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
	// kept is how many messages are remembered, the newest.
	kept = 200
	// stepsKept bounds those of one message: tries of a code by a script.
	stepsKept = 50
	// unweighed is how many asks may wait until the limits are read for them.
	unweighed = 64
)

type (
	// Options configure a Box.
	Options struct {
		// Levels tells how full the limits of a message are.
		Levels func(context.Context, guard.Send) ([]guard.Level, error)
		Now    func() time.Time
		// Draining is closed when the process is about to end.
		Draining <-chan struct{}
	}

	// Box remembers. It is an event.Sink, and safe for concurrent use.
	Box struct {
		Options

		weigh   chan weighing
		readers chan struct{}

		mu sync.Mutex
		// asks are the oldest first. version counts what has changed.
		asks    []*Ask
		version uint64
		// changed is closed when something has, where somebody waits for that.
		changed chan struct{}
	}

	// Ask is a message that was asked for, and what became of it.
	Ask struct {
		// ID is that of the message; of one that a limit refused, one of its own.
		ID      string `json:"id"`
		To      string `json:"to"`
		Channel string `json:"channel"`
		// At is when it was asked for, in Unix milliseconds.
		At    int64  `json:"at"`
		Steps []Step `json:"steps"`
		// Limit is which limit refused it, or "".
		Limit string `json:"limit,omitempty"`
		// Limits are how full those of the message were after it.
		Limits []Limit `json:"limits,omitempty"`

		otpID   string
		send    int
		version uint64
	}

	// Step is one thing that became of a message, as GET /admin/deliveries spells it.
	Step struct {
		// At is in Unix milliseconds; it may be in the future.
		At       int64  `json:"at"`
		Step     string `json:"step"`
		Provider string `json:"provider,omitempty"`
		Reason   string `json:"reason,omitempty"`
		Code     int    `json:"code,omitempty"`
	}

	// Limit is how full a limit was: Used of Most in Window seconds, of messages, or of
	// millionths of a US dollar where the limit is a budget.
	Limit struct {
		Limit  string `json:"limit"`
		Used   int64  `json:"used"`
		Most   int64  `json:"most"`
		Window int64  `json:"window"`
	}

	// weighing is an ask whose limits are to be read.
	weighing struct {
		ask  *Ask
		send guard.Send
	}
)

// New returns a Box. Run must be called for it to read limits.
func New(o Options) *Box {
	return &Box{Options: o, weigh: make(chan weighing, unweighed), readers: make(chan struct{}, MaxReaders)}
}

// Run reads the limits of what is asked for, until ctx ends.
func (b *Box) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-b.weigh:
			levels, err := b.Levels(ctx, w.send)
			if err != nil {
				continue // the page goes without
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
		b.toWeigh(ctx, a, e.Address)
	case a == nil || len(a.Steps) >= stepsKept:
		return
	}
	a.Steps = append(a.Steps, Step{
		At: b.Now().Add(e.After).UnixMilli(), Step: string(step), Provider: e.Provider, Reason: string(e.Reason), Code: e.Code,
	})
	b.touch(a)
}

// add begins an ask. b.mu is held.
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

// toWeigh has the limits read, unless too many wait for that.
func (b *Box) toWeigh(ctx context.Context, a *Ask, to address.Address) {
	send := guard.Send{Address: to, Channel: a.Channel, Client: reqctx.ClientFrom(ctx).IP}
	if !send.Client.IsValid() {
		return // a notice, which nobody asked for
	}
	select {
	case b.weigh <- weighing{a, send}:
	default:
	}
}

// find is the ask of an event, the last one of its challenge where it names no send.
func (b *Box) find(e event.Event) *Ask {
	for i := len(b.asks) - 1; i >= 0 && e.OtpID != ""; i-- {
		if a := b.asks[i]; a.otpID == e.OtpID && (e.Send == 0 || a.send == e.Send) {
			return a
		}
	}
	return nil
}

// touch tells who waits that an ask has changed. b.mu is held.
func (b *Box) touch(a *Ask) {
	b.version++
	a.version = b.version
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}
