// Package timeline is the sink that keeps the life of each message, step by step: a code was
// requested, or rejected by a limit; its message was queued; a provider responded; the
// message was delivered or not; the code was tried and used. It holds a keyed pseudonym of
// the address, a digest of the challenge's id, and no code.
//
// Steps are written in the background, see package batch.
package timeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/batch"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/model"
)

const maxReason = 64

type (
	// Message is one message with its steps, oldest first.
	Message struct {
		// ID is the cursor of the page after this message.
		ID      string
		Address string
		Channel string
		Country string
		Steps   []*model.Delivery
	}

	// Options configure a Recorder.
	Options struct {
		Steps model.DeliveryModel
		Ring  *keyring.Ring
		// Retention is how long steps are kept; 0 means forever.
		Retention time.Duration
		Now       func() time.Time
		Rand      io.Reader
	}

	// Recorder stores steps. It is safe for concurrent use.
	Recorder struct {
		Options

		ids    *batch.IDs
		writer *batch.Writer[*model.Delivery]
	}
)

// New returns a Recorder, which ends with Drain.
func New(o Options) (*Recorder, error) {
	ids, err := batch.NewIDs(o.Rand)
	if err != nil {
		return nil, err
	}
	r := &Recorder{Options: o, ids: ids}
	r.writer = batch.New(batch.Options[*model.Delivery]{Name: "delivery", Write: o.Steps.InsertAll})
	return r, nil
}

// Drain writes the recorded steps. It must be called last.
func (r *Recorder) Drain(ctx context.Context) error { return r.writer.Drain(ctx) }

// List returns messages, newest first: those to the given addresses, or all if there are
// none. before is the ID of the last message of the previous page, or empty.
func (r *Recorder) List(ctx context.Context, before string, limit int, to ...address.Address) ([]Message, error) {
	opening, err := r.opening(ctx, r.names(to), before, limit)
	if err != nil {
		return nil, apperr.Down(err)
	}
	var challenges []string
	for _, step := range opening {
		challenges = append(challenges, step.Message)
	}
	slices.Sort(challenges)
	steps, err := r.Steps.Steps(ctx, slices.Compact(challenges))
	if err != nil {
		return nil, apperr.Down(err)
	}
	return join(opening, steps, r.Now().UnixMilli()), nil
}

// opening queries each name of an address separately, because no index covers several in
// order.
func (r *Recorder) opening(ctx context.Context, names []string, before string, limit int) (all []*model.Delivery, err error) {
	for _, name := range names {
		some, err := r.Steps.FirstSteps(ctx, model.DeliveryFilter{Address: name, Before: before, Limit: limit})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b *model.Delivery) int { return cmp.Compare(b.Id, a.Id) })
	return all[:min(limit, len(all))], nil
}

// Asked returns how many messages were requested since a time, by country; "" is no country.
func (r *Recorder) Asked(ctx context.Context, since time.Time) (map[string]int64, error) {
	asked, err := r.Steps.Asked(ctx, batch.Before(since))
	if err != nil {
		return nil, apperr.Down(err)
	}
	return asked, nil
}

// Purge deletes steps older than the retention and returns how many. each may be nil, see
// batch.Purge.
func (r *Recorder) Purge(ctx context.Context, each func(purged int)) (purged int, err error) {
	return batch.Purge(ctx, r.Now(), r.Retention, r.Steps.Purge, each)
}

// Keep implements event.Sink.
func (r *Recorder) Keep(_ context.Context, e event.Event) {
	step := e.Step()
	if step == "" || e.Address.IsZero() && step == event.StepTried {
		return // no message, or an attempt at a challenge that no longer existed
	}
	now := r.Now()
	row := &model.Delivery{
		Id: r.ids.Next(now), Message: r.challenge(e.OtpID), Send: int64(e.Send), At: now.Add(e.After).UnixMilli(), Step: string(step),
		Address: r.Ring.Address(e.Address.Parts()).Current, Channel: e.Channel, Country: e.Address.Region(), Block: r.block(e.Address), Provider: e.Provider,
		Reason: reason(e), Code: int64(e.Code),
	}
	if step == event.StepAsked || step == event.StepLimited {
		row.Opens = 1
	}
	if e.OtpID == "" {
		row.Message = row.Id // gets its own timeline
	}
	if e.Price != nil {
		row.Price = sql.NullInt64{Int64: *e.Price, Valid: true}
	}
	r.writer.Add(row)
}

// reason returns the reason of a step, unless its name already says it.
func reason(e event.Event) string {
	switch e.Kind {
	case event.Limited:
		if e.Reason == event.ForNotice {
			return string(e.Reason)
		}
		return string(apperr.RateLimited)
	case event.CodeRefused:
		return string(event.WrongCode)
	case event.CodeVerified:
		return ""
	}
	return string(e.Reason[:min(len(e.Reason), maxReason)])
}

// names returns the names under which steps of the addresses may be stored, including those
// of older spellings of a number. Without addresses it returns "", which selects all.
func (r *Recorder) names(addresses []address.Address) []string {
	if len(addresses) == 0 {
		return []string{""}
	}
	var all []string
	for _, a := range addresses {
		all = append(all, r.Ring.AddressNames(string(a.Kind()), a.Spellings()...)...)
	}
	return all
}

// block returns the same pseudonym that the guard's buckets use.
func (r *Recorder) block(a address.Address) string {
	if a.Block() == "" {
		return ""
	}
	return r.Ring.Pseudonym("guard", "block", a.Block())
}

// challenge returns the digest that joins the steps of a message. It uses no key, so that it
// is the same on every node during a rotation; a challenge id is random and cannot be
// guessed.
func (r *Recorder) challenge(otpID string) string {
	sum := sha256.Sum256([]byte("challenge " + otpID))
	return hex.EncodeToString(sum[:16])
}

// join gives each message its steps until now. A step without a send number belongs to the
// message that was requested last before it. The steps must be grouped by challenge, oldest
// first.
func join(opening, steps []*model.Delivery, now int64) []Message {
	lives, last, of := map[string][]*model.Delivery{}, int64(0), ""
	for _, step := range steps {
		if step.Message != of {
			of, last = step.Message, 1
		}
		if step.Opens == 1 {
			last = max(1, step.Send)
		}
		send := step.Send
		if send == 0 {
			send = last
		}
		if step.Opens == 1 || step.At <= now {
			lives[key(of, send)] = append(lives[key(of, send)], step)
		}
	}
	messages := make([]Message, 0, len(opening))
	for _, o := range opening {
		life := lives[key(o.Message, max(1, o.Send))]
		slices.SortStableFunc(life, func(a, b *model.Delivery) int {
			return cmp.Or(min(rank(a), 2)-min(rank(b), 2), cmp.Compare(a.At, b.At), rank(a)-rank(b))
		})
		messages = append(messages, Message{ID: o.Id, Address: o.Address, Channel: o.Channel, Country: o.Country, Steps: life})
	}
	return messages
}

// rank orders the first steps. That a message was queued is recorded a moment later, when a
// provider may already have responded, and the code may be used within the millisecond of
// that response.
func rank(step *model.Delivery) int {
	switch {
	case step.Opens == 1:
		return 0
	case step.Step == string(event.StepQueued):
		return 1
	case step.Step == string(event.StepProvider):
		return 2
	}
	return 3
}

func key(challenge string, send int64) string { return fmt.Sprintf("%s.%d", challenge, send) }
