package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"user-api/internal/apperr"
	"user-api/model"
)

// CreateAnonymous creates a user without names, consuming one of the invites if any are given. It
// fails with model.ErrNoInvite.
func (a *Accounts) CreateAnonymous(ctx context.Context, invites ...string) (*model.User, error) {
	for range 3 { // a random id may be in use
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

// PurgeAnonymous erases at most limit users who have been anonymous for longer than life by the
// clock of the database, oldest first. It calls each for every erased user and returns their
// number. Users who have gained a sign-in method or whom another node erases are not counted.
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
