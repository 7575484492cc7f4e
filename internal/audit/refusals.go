package audit

import (
	"context"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/batch"
	"user-api/internal/event"
	"user-api/model"
)

const refusalsPage = 1000

type (
	// Refusals are the codes refused for one address.
	Refusals struct {
		// At is when, in Unix milliseconds, oldest first.
		At []int64
		// InARow is how many of them came after the last code that was right.
		InARow int
	}

	// refusal is an event of which no more than this is kept: there may be many.
	refusal struct {
		id string
		at int64
	}
)

// Refusals are the codes refused since a time, by the pseudonym of the address; of
// each the newest, at most so many. Fails with apperr.Unavailable.
func (r *Recorder) Refusals(ctx context.Context, since time.Time, most int) (map[string]Refusals, error) {
	refused := map[string][]refusal{}
	err := r.each(ctx, event.CodeRefused, since, func(e *model.Event) {
		list := append(refused[e.Address], refusal{e.Id, e.At})
		refused[e.Address] = list[max(0, len(list)-most):]
	})
	verified := map[string]string{} // the id of the last
	if err == nil && len(refused) > 0 {
		err = r.each(ctx, event.CodeVerified, since, func(e *model.Event) {
			if _, failed := refused[e.Address]; failed {
				verified[e.Address] = e.Id
			}
		})
	}
	if err != nil {
		return nil, err
	}
	all := make(map[string]Refusals, len(refused))
	for address, list := range refused {
		var one Refusals
		for _, event := range list {
			one.At = append(one.At, event.at)
			if event.id > verified[address] {
				one.InARow++
			}
		}
		all[address] = one
	}
	return all, nil
}

// each reads the events of a type since a time, oldest first, a page at a time.
// Those that are of no address are left out: codes of a challenge that was gone.
func (r *Recorder) each(ctx context.Context, kind event.Kind, since time.Time, do func(*model.Event)) error {
	for after := batch.Before(since); ; {
		page, err := r.Events.OfType(ctx, string(kind), after, refusalsPage)
		if err != nil {
			return apperr.Down(err)
		}
		for _, e := range page {
			if after = e.Id; e.Address != "" {
				do(e)
			}
		}
		if len(page) < refusalsPage {
			return nil
		}
	}
}
