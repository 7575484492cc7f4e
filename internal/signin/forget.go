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

// forgetTimeout bounds how long a user who deletes the account waits for Redis. The account is gone
// already, and a timeout would say it is not.
const forgetTimeout = 500 * time.Millisecond

// maxPendingErasures bounds the users queued while Redis refuses writes.
const maxPendingErasures = 10_000

// pendingErasures queues erased users of whom Redis still holds open codes and counters. Both are
// sealed or pseudonymous and expire; they are removed as soon as Redis accepts writes. It is safe
// for concurrent use.
type pendingErasures struct {
	mu    sync.Mutex
	users []*model.User
}

func (p *pendingErasures) add(user *model.User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.users) < maxPendingErasures {
		p.users = append(p.users, user)
	}
}

func (p *pendingErasures) take() []*model.User {
	p.mu.Lock()
	defer p.mu.Unlock()
	users := p.users
	p.users = nil
	return users
}

// ForgetErased removes the Redis data of users who were erased while Redis was unavailable. It
// fails with apperr.Unavailable while Redis still is.
func (s *Service) ForgetErased(ctx context.Context) error {
	users := s.erased.take()
	for i, user := range users {
		if err := s.forget(ctx, user); err != nil {
			for _, user := range users[i+1:] {
				s.erased.add(user)
			}
			return err
		}
	}
	return nil
}

// forget removes the open codes and the counters of a user, or leaves them to ForgetErased.
func (s *Service) forget(ctx context.Context, user *model.User) error {
	ctx, cancel := context.WithTimeout(ctx, forgetTimeout)
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
		s.erased.add(user)
	}
	return err
}
