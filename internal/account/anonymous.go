package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"user-api/internal/apperr"
	"user-api/model"
)

// CreateAnonymous makes a user without names, by using up one of the invites if any are
// given. Fails with model.ErrNoInvite.
func (a *Accounts) CreateAnonymous(ctx context.Context, invites ...string) (*model.User, error) {
	for range 3 { // a random id may be taken
		user := &model.User{Anonymous: a.Now().UnixMilli()}
		user, err := a.insert(ctx, user, invites)
		switch _, taken := model.Duplicate(err); {
		case err == nil || errors.Is(err, model.ErrNoInvite):
			return user, err
		case !taken:
			return nil, apperr.Down(err)
		}
	}
	return nil, fmt.Errorf("account: no free id")
}

// PurgeAnonymous erases users who were made longer than life ago and are anonymous still,
// by the clock of the database: oldest first, at most limit of them. It calls each with
// every one that is gone, and returns how many; others, who have a way in by now or whom
// another node erases, do not count.
func (a *Accounts) PurgeAnonymous(ctx context.Context, life time.Duration, limit int, each func(id int64)) (purged int, err error) {
	ids, err := a.Users.Expired(ctx, life.Milliseconds(), limit)
	if err != nil {
		return 0, apperr.Down(err)
	}
	for _, id := range ids {
		erased, failed := a.Users.EraseAnonymous(ctx, id, life.Milliseconds(), a.Now().UnixMilli())
		if failed != nil {
			err = apperr.Down(failed)
			break
		}
		if erased {
			purged++
			each(id)
		}
	}
	if purged > 0 {
		a.Erase(ctx)
	}
	return purged, err
}
