package account

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// Clash is a user whose number, in its current spelling, belongs to another user.
type Clash struct {
	UserID, Holder int64
	Number         address.Address
}

// Numbers returns the page of phone numbers with a prefix that follows after; "" is the first page.
func (a *Accounts) Numbers(ctx context.Context, prefix, after string, limit int) ([]*model.UserNumber, error) {
	return apperr.ResultOrDown(a.Users.Phones(ctx, prefix, after, limit))
}

// Renumber rewrites a user's number to its current spelling and reports whether that changed it;
// with dry it only reports whether it would. Sessions continue, because it is the same number. If
// another user has that spelling, nothing changes: only an operator can decide between the two.
func (a *Accounts) Renumber(ctx context.Context, n *model.UserNumber, dry bool) (changed bool, clash *Clash, err error) {
	today := address.Renumbered(n.Phone)
	if today == n.Phone {
		return false, nil, nil
	}
	// Twice, because another user may take the number between the check and the write.
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
