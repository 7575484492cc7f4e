package account

import (
	"context"
	"errors"
	"fmt"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// Names are by what a user is found; at least one is given.
type Names struct {
	Phone, Email address.Address
	Username     string
}

// Register makes a user with a username and a password hash, as Add does.
func (a *Accounts) Register(ctx context.Context, username, hash string, invites ...string) (*model.User, error) {
	return a.Add(ctx, Names{Username: username}, hash, invites...)
}

// Add makes a user with names and, unless hash is "", a password, by using up one of the
// invites if any are given: all or nothing. Fails with apperr.PhoneTaken, EmailTaken or
// UsernameTaken, and with model.ErrNoInvite.
func (a *Accounts) Add(ctx context.Context, n Names, hash string, invites ...string) (*model.User, error) {
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
		var c *model.Credential
		if hash != "" {
			c = a.password(user.Id, hash)
		}
		err := a.put(ctx, user, c, invites)
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

// put stores a new user, with a credential unless that is nil; the error is the
// database's own.
func (a *Accounts) put(ctx context.Context, user *model.User, c *model.Credential, invites []string) error {
	switch {
	case len(invites) > 0:
		return a.Users.InsertInvited(ctx, user, c, a.Now().UnixMilli(), invites...)
	case c != nil:
		return a.Users.InsertWith(ctx, user, c)
	}
	_, err := a.Users.Insert(ctx, user)
	return err
}
