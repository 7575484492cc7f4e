package account

import (
	"context"
	"errors"
	"fmt"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// Names identify a user; at least one is set.
type Names struct {
	Phone, Email address.Address
	Username     string
}

// Add creates a user with names and, unless hash is "", a password, consuming one of the invites if
// any are given. It does all of this or nothing. It fails with apperr.PhoneTaken, EmailTaken or
// UsernameTaken, and with model.ErrNoInvite.
func (a *Accounts) Add(ctx context.Context, n Names, hash string, invites ...string) (*model.User, error) {
	if err := a.checkSpellings(ctx, 0, n.Phone); err != nil {
		return nil, err
	}
	user := &model.User{Phone: model.Text(n.Phone.Canonical()), Email: model.Text(n.Email.Canonical()), Username: model.Text(n.Username)}
	for range 3 {
		if err := a.complete(user); err != nil {
			return nil, err
		}
		var c *model.Credential
		if hash != "" {
			c = a.password(user.Id, hash)
		}
		err := a.store(ctx, user, c, invites)
		column, duplicate := model.Duplicate(err)
		switch {
		case err == nil:
			return user, nil
		case duplicate && column != "id":
			return nil, apperr.New(taken[column]).WithField(column)
		case errors.Is(err, model.ErrNoInvite):
			return nil, err
		case !duplicate:
			return nil, apperr.Down(err)
		}
	}
	return nil, fmt.Errorf("account: no free id")
}

// store stores a new user and c, unless c is nil. It returns database errors unchanged.
func (a *Accounts) store(ctx context.Context, user *model.User, c *model.Credential, invites []string) error {
	switch {
	case len(invites) > 0:
		return a.Users.InsertInvited(ctx, user, c, a.Now().UnixMilli(), invites...)
	case c != nil:
		return a.Users.InsertWith(ctx, user, c)
	}
	_, err := a.Users.Insert(ctx, user)
	return err
}
