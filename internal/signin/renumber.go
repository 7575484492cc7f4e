package signin

import (
	"context"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/event"
)

// renumberBatch is how many numbers are read at once.
const renumberBatch = 500

// Renumbered is what Renumber has done, or would do.
type Renumbered struct {
	Changed int
	// Clashes are the numbers that were left alone.
	Clashes []account.Clash
}

// Renumber keeps the numbers of a plan in today's spelling, one after the other. What is
// done stays done when it is stopped, and to run it again does the rest. After each
// batch it calls each with how many numbers it has looked at.
func (s *Service) Renumber(ctx context.Context, p address.Plan, dry bool, each func(looked int)) (done Renumbered, err error) {
	looked := 0
	for after := ""; ; {
		page, err := s.Accounts.Numbers(ctx, p.Code, after, renumberBatch)
		if err != nil {
			return done, err
		}
		for _, n := range page {
			if err := ctx.Err(); err != nil {
				return done, err
			}
			changed, clash, err := s.Accounts.Renumber(ctx, n, dry)
			if err != nil {
				return done, err
			}
			if clash != nil {
				done.Clashes = append(done.Clashes, *clash)
			}
			if changed {
				done.Changed++
			}
			if changed && !dry {
				s.Events.Keep(ctx, event.Event{Kind: event.NumberChanged, UserID: n.Id, Address: address.Stored(address.KindPhone, n.Phone)})
			}
		}
		looked += len(page)
		each(looked)
		if len(page) < renumberBatch {
			return done, nil
		}
		after = page[len(page)-1].Phone
	}
}
