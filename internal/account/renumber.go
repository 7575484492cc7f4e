package account

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// Clash is a user whose number another user has in today's spelling.
type Clash struct {
	UserID, Holder int64
	Number         address.Address
}

// Numbers pages through the numbers that begin with a prefix, by their own order, those
// after one; "" is the first page.
func (a *Accounts) Numbers(ctx context.Context, prefix, after string, limit int) ([]*model.UserNumber, error) {
	page, err := a.Users.Phones(ctx, prefix, after, limit)
	if err != nil {
		return nil, apperr.Down(err)
	}
	return page, nil
}

// Renumber keeps a user's number in today's spelling, if it is in another one and the
// user still has it, and reports whether it does; dry only tells whether it would.
// Nothing ends by it: the number is the same. Where another user has that spelling,
// nothing is changed: which of the two is to have it, no machine knows.
func (a *Accounts) Renumber(ctx context.Context, n *model.UserNumber, dry bool) (changed bool, clash *Clash, err error) {
	today := address.Renumbered(n.Phone)
	if today == n.Phone {
		return false, nil, nil
	}
	// Twice, for the number may be taken between the look and the write.
	for range 2 {
		holders, err := a.Users.FindByPhones(ctx, today)
		if err != nil {
			return false, nil, apperr.Down(err)
		}
		if len(holders) > 0 {
			return false, &Clash{UserID: n.Id, Holder: holders[0].Id, Number: address.Stored(address.KindPhone, today)}, nil
		}
		if dry {
			return true, nil, nil
		}
		changed, err = a.Users.Renumber(ctx, n.Id, n.Phone, today)
		if _, taken := model.Duplicate(err); !taken {
			if err != nil {
				err = apperr.Down(err)
			}
			return changed, nil, err
		}
	}
	return false, nil, apperr.New(apperr.Unavailable)
}
