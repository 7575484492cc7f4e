package inbox

import (
	"context"
	"maps"
	"slices"
	"time"

	"user-api/internal/delivery"
)

// deliveredAfter is the delay between a sent and a delivered message.
const deliveredAfter = 3 * time.Second

const (
	lateAfter   = 10 * time.Second
	failedAfter = 3 * time.Second
	triesPrefix = "ua:inbox:{box}:tries:"
)

// script is the behaviour for messages to a number.
type script struct {
	// refusals is how many attempts of a message are refused as too many.
	refusals int64
	// refusal is the answer to every attempt.
	refusal delivery.Fault
	// unanswered is the apparent result of each attempt, even if the message arrives.
	unanswered     delivery.Fault
	arrives, twice bool
	receipts       []delivery.Receipt
}

// plain is the script of all other numbers.
var plain = script{arrives: true, receipts: []delivery.Receipt{{Status: delivery.StatusDelivered, After: deliveredAfter}}}

// silence is a timeout that affects one message only.
var silence = delivery.Fault{Of: delivery.OfMessage, Class: delivery.Ambiguous, Reason: delivery.ReasonTimeout, Retry: delivery.Never, Ends: true}

// scripts are the numbers of docs/inbox.md. Area code 500 is not assigned to phones. Twilio's
// test numbers behave as they do at Twilio.
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

// Numbers returns the numbers with a script.
func (*Inbox) Numbers() []string { return numbers() }

func numbers() []string { return slices.Sorted(maps.Keys(scripts)) }

// Rows returns the simulated faults by number, for the documents.
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

// scriptOf returns the script of a message.
func scriptOf(m delivery.Message) script {
	if s, ok := scripts[m.To]; ok {
		return s
	}
	return plain
}

// refuse returns the scripted failure of an attempt before anything is kept.
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

// tell takes the receipts of an accepted message. They are taken in advance; each contains the
// delay after which it counts.
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
