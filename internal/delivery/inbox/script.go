package inbox

import (
	"context"
	"maps"
	"slices"
	"time"

	"user-api/internal/delivery"
)

// deliveredAfter is how long a message looks sent before it looks delivered.
const deliveredAfter = 3 * time.Second

const (
	lateAfter   = 10 * time.Second
	failedAfter = 3 * time.Second
	triesPrefix = "ua:inbox:{box}:tries:"
)

// script is what happens to the messages to a number.
type script struct {
	// refusals is how many tries of a message are told that there are too many.
	refusals int64
	// refusal answers every try.
	refusal delivery.Fault
	// unanswered is what each try seems to come to, also of a message that arrives.
	unanswered     delivery.Fault
	arrives, twice bool
	receipts       []delivery.Receipt
}

// plain is the script of a number that has none.
var plain = script{arrives: true, receipts: []delivery.Receipt{{Status: delivery.StatusDelivered, After: deliveredAfter}}}

// silence is of a message whose provider answers other messages.
var silence = delivery.Fault{Of: delivery.OfMessage, Class: delivery.Ambiguous, Reason: delivery.ReasonTimeout, Retry: delivery.Never, Ends: true}

// scripts are the numbers of docs/inbox.md. Area code 500 belongs to nobody's
// phone; those that Twilio has among its own test numbers do here as they do there.
var scripts = map[string]script{
	"+15005550001": {refusal: delivery.FaultNumber},
	"+15005550002": {refusal: delivery.FaultRoute},
	"+15005550003": {refusal: delivery.FaultRegion},
	"+15005550004": {refusal: delivery.FaultOptedOut},
	"+15005550009": {refusal: delivery.FaultNotMobile},

	"+15005550100": {arrives: true, receipts: []delivery.Receipt{{Status: delivery.StatusDelivered, After: lateAfter}}},
	"+15005550101": {arrives: true, twice: true, receipts: plain.receipts},
	"+15005550102": {refusal: delivery.FaultRejected},
	"+15005550103": {arrives: true, unanswered: silence},
	"+15005550104": {refusals: 2, arrives: true, receipts: plain.receipts},
	"+15005550105": {receipts: []delivery.Receipt{
		{Status: delivery.StatusFailed, Reason: delivery.ReasonHandset, Code: 30003, After: failedAfter},
	}},
	"+15005550106": {arrives: true, receipts: []delivery.Receipt{
		{Status: delivery.StatusDelivered},
		{Status: delivery.StatusFailed, Reason: delivery.ReasonUndelivered, Code: 30008, After: failedAfter},
	}},
	"+15005550107": {receipts: []delivery.Receipt{
		{Status: delivery.StatusFailed, Reason: delivery.ReasonFiltered, Code: 30007, After: failedAfter},
	}},
	"+15005550108": {arrives: true},
	"+15005550109": {refusal: delivery.FaultBlocked},
}

// Numbers are those that have a script.
func (*Inbox) Numbers() []string { return numbers() }

func numbers() []string { return slices.Sorted(maps.Keys(scripts)) }

// Rows are the faults that are played, by number, for the documents.
func Rows() []delivery.Row {
	var rows []delivery.Row
	for _, number := range numbers() {
		s := scripts[number]
		fault := s.refusal
		switch {
		case s.refusals > 0:
			fault = delivery.FaultRateLimited
		case s.unanswered != (delivery.Fault{}):
			fault = s.unanswered
		}
		if fault != (delivery.Fault{}) {
			rows = append(rows, delivery.Row{Answer: "`" + number + "`", Fault: fault})
		}
	}
	return rows
}

// scriptOf is the script of a message.
func scriptOf(m delivery.Message) script {
	if s, ok := scripts[m.To]; ok {
		return s
	}
	return plain
}

// refuse is how a script answers a try before anything is kept.
func (b *Inbox) refuse(ctx context.Context, s script, m delivery.Message) error {
	if s.refusal != (delivery.Fault{}) {
		return s.refusal.Err()
	}
	if s.refusals == 0 {
		return nil
	}
	key := triesPrefix + m.ID
	pipe := b.redis.TxPipeline()
	tries := pipe.Incr(ctx, key)
	pipe.PExpire(ctx, key, TTL)
	if _, err := pipe.Exec(ctx); err != nil {
		return delivery.FaultUnreachable.Because(err)
	}
	if tries.Val() <= s.refusals {
		return delivery.FaultRateLimited.Err()
	}
	return nil
}

// tell gives the receipts of a message that was accepted. They are made in
// advance: the time at which each counts is part of it.
func (b *Inbox) tell(ctx context.Context, s script, m delivery.Message) error {
	if b.receipts == nil || len(s.receipts) == 0 {
		return nil
	}
	ref, err := b.receipts.Ref(m, name)
	if err != nil {
		return delivery.FaultInternal.Because(err)
	}
	for _, r := range s.receipts {
		r.Ref, r.ID = ref, m.ID
		if err := b.receipts.Take(ctx, r); err != nil {
			return delivery.FaultUnreachable.Because(err)
		}
	}
	return nil
}
