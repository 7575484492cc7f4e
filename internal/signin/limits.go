package signin

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/password"
	"user-api/internal/reqctx"
	"user-api/model"
)

// What goes on without the guard waits no longer for it.
const guardTimeout = 250 * time.Millisecond

// charging asks the guard at once and beside what its caller does meanwhile; the
// answer is taken by the function it returns.
func (s *Service) charging(ctx context.Context, plan guard.Plan) func() error {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	answer := make(chan error, 1)
	go func() {
		defer cancel()
		answer <- s.Guard.Spend(ctx, plan)
	}()
	return sync.OnceValue(func() error { return <-answer })
}

// charged does what a plan is charged for. The charge is taken back where a part of
// ours kept it from being done.
func (s *Service) charged(ctx context.Context, plan guard.Plan, name string, limited event.Reason, do func() error) error {
	charge, err := s.Guard.Try(ctx, plan, name)
	if err != nil {
		return s.report(ctx, outcome{limited: limited}, err)
	}
	if err = do(); ours(err) {
		charge.Void(ctx)
	}
	return err
}

// ours reports whether an action failed through no fault of the client, who is told
// to try again.
func ours(err error) bool {
	var told *apperr.Error
	return err != nil && (!errors.As(err, &told) || told.Code == apperr.Unavailable || told.Code == apperr.Internal)
}

// endFailures clears, for a user who has signed in by password, the failures in a
// row by which strangers disable codes. It is a favour: nothing waits for Redis.
func (s *Service) endFailures(ctx context.Context, user *model.User) {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	defer cancel()
	for _, kind := range []address.Kind{address.KindPhone, address.KindEmail} {
		address := addressOf(user, kind)
		if address.IsZero() {
			continue
		}
		if err := s.Challenges.Proven(ctx, address); err != nil {
			logx.WithContext(ctx).Infof("signin: failures in a row: %v", err)
			return
		}
	}
}

// passwordProof is a password that was right: the hash that is now stored, and what
// the try has cost.
type passwordProof struct {
	hash   string
	charge guard.Charge
}

// provePassword is checkPassword under the guard: the account is charged for a
// failure, then the client, and both before a hash is paid for, so that no number of
// parallel guesses gets past a limit. What was no failure is given back; that it was
// tried is what is left of the charge. Fails with apperr.CaptchaRequired, and has then
// charged nothing, where a captcha helps.
func (s *Service) provePassword(ctx context.Context, account guard.Account, user *model.User, text string) (p passwordProof, err error) {
	giveBack, err := s.Guard.TryAccount(ctx, account)
	if err != nil {
		return p, err
	}
	plan := s.Guard.ForPassword(account.Name, account.Client)
	p.charge, err = s.Guard.Try(ctx, plan, account.Name)
	if err != nil {
		giveBack()
		return p, err
	}
	waits := payer(ctx)
	// Who waits for a hash gets none once the client's limit is reached.
	waits.Still = func() error { return s.Guard.Recall(plan) }
	p.hash, err = s.checkPassword(ctx, waits, user, text)
	if apperr.Is(err, apperr.BadCredentials) {
		return p, err
	}
	// Of a full gate the try stays counted: that bounds a flood.
	if ours(err) && !errors.Is(err, apperr.ErrBusy) {
		p.charge.Void(ctx)
	} else {
		p.charge.Refund(ctx)
	}
	giveBack()
	return p, err
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
