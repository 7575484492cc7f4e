package signin

import (
	"context"
	"net/netip"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/identity"
	"user-api/internal/otp"
	"user-api/internal/password"
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

// provePassword is checkPassword under the guard: the account is charged for a
// failure, then the client, and both before a hash is paid for, so that no number of
// parallel guesses gets past a limit. What was no failure is given back. Fails with
// apperr.CaptchaRequired, and has then charged nothing, where a captcha helps.
func (s *Service) provePassword(ctx context.Context, account guard.Account, user *model.User, text string) (hash string, err error) {
	giveBack, err := s.Guard.TryAccount(ctx, account)
	if err != nil {
		return "", err
	}
	plan := s.Guard.ForPassword(account.Name, account.Client)
	refund, err := s.Guard.Try(ctx, plan, account.Name)
	if err != nil {
		giveBack()
		return "", err
	}
	waits := payer(ctx)
	// Who waits for a hash gets none once the client's limit is reached.
	waits.Still = func() error { return s.Guard.Recall(plan) }
	hash, err = s.checkPassword(ctx, waits, user, text)
	if !apperr.Is(err, apperr.BadCredentials) {
		refund()
		giveBack()
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

// lookUp does what finds a challenge by its id. One that is not there is charged to
// the client.
func (s *Service) lookUp(ctx context.Context, find func() error) error {
	plan := s.Guard.ForLookup(client(ctx))
	if err := s.Guard.Recall(plan); err != nil {
		return err
	}
	err := find()
	if !apperr.Is(err, apperr.NotFound) {
		return err
	}
	if limited := s.Guard.Spend(ctx, plan); apperr.Is(limited, apperr.RateLimited) {
		return limited
	}
	return err
}

// endRow ends a user's wrong passwords in a row, and makes the client's network
// known, once the user has proven who they are. It is a favour as endFailures is.
func (s *Service) endRow(ctx context.Context, userID int64) {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	defer cancel()
	if err := s.Guard.Proven(ctx, guard.UserName(userID), client(ctx)); err != nil {
		logx.WithContext(ctx).Infof("signin: wrong passwords in a row: %v", err)
	}
}

// payer is for whom a hash is paid, to the client's network.
func payer(ctx context.Context) password.Payer {
	return password.Payer{Network: guard.Network(client(ctx))}
}

func client(ctx context.Context) netip.Addr { return reqctx.ClientFrom(ctx).IP }

// signedIn is the account of a user who is signed in.
func signedIn(ctx context.Context, user *model.User) guard.Account {
	return guard.Account{Name: guard.UserName(user.Id), Client: client(ctx), SignedIn: true}
}
