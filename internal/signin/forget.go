package signin

import (
	"context"
	"errors"
	"sync"
	"time"

	"user-api/internal/address"
	"user-api/internal/guard"
	"user-api/model"
)

// forgetTime bounds what whoever leaves waits for it: the account is gone already, and an
// answer that came too late would say it is not.
const forgetTime = 500 * time.Millisecond

// maxTraces bounds the users whose traces wait for a Redis that takes no writes.
const maxTraces = 10_000

// traces are the users who are erased and of whom Redis still holds open codes and
// counts. Both are sealed or under pseudonyms and expire; they are removed as soon as
// Redis lets them. It is safe for concurrent use.
type traces struct {
	mu    sync.Mutex
	users []*model.User
}

func (t *traces) add(user *model.User) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.users) < maxTraces {
		t.users = append(t.users, user)
	}
}

func (t *traces) take() []*model.User {
	t.mu.Lock()
	defer t.mu.Unlock()
	users := t.users
	t.users = nil
	return users
}

// ForgetErased removes from Redis what it still holds of users who were erased while
// it could not be told. Fails with apperr.Unavailable while it still cannot.
func (s *Service) ForgetErased(ctx context.Context) error {
	users := s.traces.take()
	for i, user := range users {
		if err := s.forget(ctx, user); err != nil {
			for _, waits := range users[i+1:] {
				s.traces.add(waits)
			}
			return err
		}
	}
	return nil
}

// forget removes the open codes and the counts of a user, now or with ForgetErased.
func (s *Service) forget(ctx context.Context, user *model.User) error {
	ctx, cancel := context.WithTimeout(ctx, forgetTime)
	defer cancel()
	var errs []error
	for _, kind := range []address.Kind{address.KindPhone, address.KindEmail} {
		if address := addressOf(user, kind); !address.IsZero() {
			errs = append(errs, s.Challenges.Forget(ctx, address))
		}
	}
	errs = append(errs, s.Challenges.ForgetUser(ctx, user.Id), s.Guard.Forget(ctx, guard.UserName(user.Id)))
	err := errors.Join(errs...)
	if err != nil {
		s.traces.add(user)
	}
	return err
}
