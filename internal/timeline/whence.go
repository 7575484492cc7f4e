package timeline

import (
	"context"
	"time"

	"user-api/internal/batch"
	"user-api/internal/event"
	"user-api/model"
)

const (
	// apart is how far from each other, in ms, the two records of one request are at
	// the most.
	apart     = 5000
	trailPage = 1000
)

// Whence tells from which network a code was asked for. The timelines do not hold
// it; the audit trail does, which is read beside them.
type Whence struct {
	read   func(after string) ([]*model.Event, error)
	after  string
	page   []*model.Event
	ended  bool
	recent []*model.Event
}

// NewWhence reads the trail from a time on.
func NewWhence(ctx context.Context, events model.EventModel, from time.Time) *Whence {
	return &Whence{after: batch.Before(from.Add(-apart * time.Millisecond)), read: func(after string) ([]*model.Event, error) {
		return events.OfType(ctx, string(event.CodeAsked), after, trailPage)
	}}
}

// Of is the network of a step, by the nearest event of its address; "" where the
// trail has none. Steps are asked about in the order of time.
func (w *Whence) Of(step *model.Delivery) (string, error) {
	if err := w.until(step.At + apart); err != nil {
		return "", err
	}
	old := 0
	for old < len(w.recent) && w.recent[old].At < step.At-apart {
		old++
	}
	w.recent = w.recent[old:]
	network, nearest := "", int64(apart+1)
	for _, e := range w.recent {
		if d := max(e.At-step.At, step.At-e.At); e.Address == step.Address && d < nearest {
			network, nearest = e.Ip, d
		}
	}
	return network, nil
}

// until reads what happened up to a time.
func (w *Whence) until(at int64) error {
	for {
		if len(w.page) == 0 && !w.ended {
			page, err := w.read(w.after)
			if err != nil {
				return err
			}
			w.page, w.ended = page, len(page) < trailPage
		}
		if len(w.page) == 0 || w.page[0].At > at {
			return nil
		}
		w.recent = append(w.recent, w.page[0])
		w.after, w.page = w.page[0].Id, w.page[1:]
	}
}
