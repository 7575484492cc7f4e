package timeline

import (
	"context"
	"time"

	"user-api/internal/batch"
	"user-api/internal/event"
	"user-api/model"
)

const (
	// maxGap is the maximum time, in ms, between the two records of one request.
	maxGap    = 5000
	trailPage = 1000
)

// Networks looks up the network from which a code was requested. The timelines do not hold
// it, but the audit trail does, which Networks reads in parallel.
type Networks struct {
	read   func(after string) ([]*model.Event, error)
	after  string
	page   []*model.Event
	ended  bool
	recent []*model.Event
}

// NewNetworks reads the trail from a time on.
func NewNetworks(ctx context.Context, events model.EventModel, from time.Time) *Networks {
	return &Networks{after: batch.Before(from.Add(-maxGap * time.Millisecond)), read: func(after string) ([]*model.Event, error) {
		return events.OfType(ctx, string(event.CodeAsked), after, trailPage)
	}}
}

// Of returns the network of a step, taken from the nearest event of its address, or "" if
// the trail has none. Steps must be passed in order of time.
func (w *Networks) Of(step *model.Delivery) (string, error) {
	if err := w.until(step.At + maxGap); err != nil {
		return "", err
	}
	old := 0
	for old < len(w.recent) && w.recent[old].At < step.At-maxGap {
		old++
	}
	w.recent = w.recent[old:]
	network, nearest := "", int64(maxGap+1)
	for _, e := range w.recent {
		if d := max(e.At-step.At, step.At-e.At); e.Address == step.Address && d < nearest {
			network, nearest = e.Ip, d
		}
	}
	return network, nil
}

// until reads the events up to a time.
func (w *Networks) until(at int64) error {
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
