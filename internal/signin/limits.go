package signin

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/identity"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/model"
)

// What goes on without the guard waits no longer for it.
const guardTimeout = 250 * time.Millisecond

// admitRefresh asks the guard at once and beside what its caller does meanwhile;
// the answer is taken by the function it returns. Without Redis a refresh goes on.
func (s *Service) admitRefresh(ctx context.Context, plan guard.Plan) func() error {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	answer := make(chan error, 1)
	go func() {
		defer cancel()
		answer <- s.Guard.Spend(ctx, plan)
	}()
	return func() error {
		if err := <-answer; apperr.Is(err, apperr.RateLimited) {
			return err
		}
		return nil
	}
}

// endFailures clears, for a user who has signed in by password, the failures in a
// row by which strangers disable codes. It is a favour: nothing waits for Redis.
func (s *Service) endFailures(ctx context.Context, user *model.User) {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	defer cancel()
	for _, kind := range []identity.Kind{identity.KindPhone, identity.KindEmail} {
		canonical := addressOf(user, kind)
		if canonical == "" {
			continue
		}
		address, err := identity.Restore(canonical)
		if err == nil {
			err = s.Challenges.Proven(ctx, address)
		}
		if err != nil {
			logx.WithContext(ctx).Infof("signin: failures in a row: %v", err)
			return
		}
	}
}

// provePassword is checkPassword under the guard. The failure is charged before
// the password is compared, so that no number of parallel guesses gets past the
// limit, and given back if there was none.
func (s *Service) provePassword(ctx context.Context, name string, user *model.User, text string) (hash string, err error) {
	refund, err := s.Guard.Try(ctx, s.Guard.ForPassword(name, client(ctx)), name)
	if err != nil {
		return "", err
	}
	hash, err = s.checkPassword(ctx, user, text)
	if !apperr.Is(err, apperr.BadCredentials) {
		refund()
	}
	return hash, err
}

// withLiving completes a refusal by a limit for a client whose answer was lost: with
// the key it asked with, it learns the id of the code that lives.
func (s *Service) withLiving(ctx context.Context, ask otp.Request, err error) error {
	if !apperr.Is(err, apperr.RateLimited) {
		return err
	}
	id, lookup := s.Challenges.Living(ctx, ask)
	if lookup != nil {
		logx.WithContext(ctx).Infof("signin: living challenge: %v", lookup)
	}
	return apperr.From(err).WithOtpID(id)
}

func client(ctx context.Context) netip.Addr { return reqctx.ClientFrom(ctx).IP }

// nameOfUser is the name of a user who is signed in.
func nameOfUser(id int64) string { return fmt.Sprint("user ", id) }
