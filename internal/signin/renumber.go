package signin

import (
	"context"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/event"
)

// renumberBatch is the number of phone numbers per page.
const renumberBatch = 500

// Renumbered is the result of Renumber, or what it would be.
type Renumbered struct {
	Changed int
	// Clashes are the numbers that could not be changed.
	Clashes []account.Clash
}

// Renumber rewrites the phone numbers of a numbering plan to their current spelling. It may be
// interrupted and run again. After each page it calls progress with the count so far.
func (s *Service) Renumber(ctx context.Context, p address.Plan, dry bool, progress func(seen int)) (done Renumbered, err error) {
	seen := 0
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
		seen += len(page)
		progress(seen)
		if len(page) < renumberBatch {
			return done, nil
		}
		after = page[len(page)-1].Phone
	}
}
