package account

import (
	"context"
	"fmt"

	"user-api/internal/apperr"
	"user-api/internal/identity"
	"user-api/model"
)

// Names are by what a user is found; at least one is given.
type Names struct {
	Phone, Email identity.Address
	Username     string
}

// Add makes a user with names and, unless hash is "", a password: all or nothing. Fails
// with apperr.PhoneTaken, EmailTaken or UsernameTaken.
func (a *Accounts) Add(ctx context.Context, n Names, hash string) (*model.User, error) {
	if len(n.Phone.Spellings()) > 1 { // as in bind
		holder, err := a.ByAddress(ctx, n.Phone)
		if err != nil {
			return nil, err
		}
		if holder != nil {
			return nil, apperr.New(apperr.PhoneTaken).WithField("phone")
		}
	}
	user := &model.User{Phone: model.Text(n.Phone.Canonical()), Email: model.Text(n.Email.Canonical()), Username: model.Text(n.Username)}
	for range 3 {
		if err := a.complete(user); err != nil {
			return nil, err
		}
		err := a.insertWith(ctx, user, hash)
		column, duplicate := model.Duplicate(err)
		switch {
		case err == nil:
			return user, nil
		case duplicate && column != "id":
			return nil, apperr.New(taken[column]).WithField(column)
		case !duplicate:
			return nil, apperr.Down(err)
		}
	}
	return nil, fmt.Errorf("account: no free id")
}

func (a *Accounts) insertWith(ctx context.Context, user *model.User, hash string) error {
	if hash != "" {
		return a.Users.InsertWith(ctx, user, a.password(user.Id, hash))
	}
	_, err := a.Users.Insert(ctx, user)
	return err
}
