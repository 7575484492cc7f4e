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

// guardTimeout bounds the wait for the guard where the request proceeds without it.
const guardTimeout = 250 * time.Millisecond

// spendAsync charges the plan in the background. The returned function waits for the result.
func (s *Service) spendAsync(ctx context.Context, plan guard.Plan) func() error {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	answer := make(chan error, 1)
	go func() {
		defer cancel()
		answer <- s.Guard.Spend(ctx, plan)
	}()
	return sync.OnceValue(func() error { return <-answer })
}

// charged runs do after charging the plan, and reverts the charge if do failed through a fault of
// the service.
func (s *Service) charged(ctx context.Context, plan guard.Plan, name string, limited event.Reason, do func() error) error {
	charge, err := s.Guard.Try(ctx, plan, name)
	if err != nil {
		return s.report(ctx, outcome{limited: limited}, err)
	}
	if err = do(); serverFault(err) {
		charge.Void(ctx)
	}
	return err
}

// serverFault reports whether an action failed through no fault of the client, which is then asked
// to retry.
func serverFault(err error) bool {
	code := apperr.From(err).Code
	return err != nil && (code == apperr.Unavailable || code == apperr.Internal)
}

// resetCodeFailures clears the consecutive failures by which strangers can disable codes, for a
// user who has signed in by password. It is best effort: nothing waits for Redis.
func (s *Service) resetCodeFailures(ctx context.Context, user *model.User) {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	defer cancel()
	for _, kind := range []address.Kind{address.KindPhone, address.KindEmail} {
		address := addressOf(user, kind)
		if address.IsZero() {
			continue
		}
		if err := s.Challenges.Proven(ctx, address); err != nil {
			logx.WithContext(ctx).Infof("signin: reset code failures: %v", err)
			return
		}
	}
}

// passwordProof is the stored hash of a correct password and the charge of the attempt.
type passwordProof struct {
	hash   string
	charge guard.Charge
}

// provePassword is checkPassword behind the guard. The account and then the client are charged for
// a failure before the hash is computed, so that parallel guesses cannot pass a limit. Success
// returns the charges, except that the attempt itself still counts. If a captcha is required it
// fails with apperr.CaptchaRequired without charging anything.
func (s *Service) provePassword(ctx context.Context, account guard.Account, user *model.User, text string) (p passwordProof, err error) {
	undo, err := s.Guard.TryAccount(ctx, account)
	if err != nil {
		return p, err
	}
	plan := s.Guard.ForPassword(account.Name, account.Client)
	p.charge, err = s.Guard.Try(ctx, plan, account.Name)
	if err != nil {
		undo()
		return p, err
	}
	pays := payer(ctx)
	// A request that waits for a hash gives up once the client's limit is reached.
	pays.Recheck = func() error { return s.Guard.Recall(plan) }
	p.hash, err = s.checkPassword(ctx, pays, user, text)
	if apperr.Is(err, apperr.BadCredentials) {
		return p, err
	}
	// If the hash queue was full, the attempt still counts. That bounds a flood.
	if serverFault(err) && !errors.Is(err, apperr.ErrBusy) {
		p.charge.Void(ctx)
	} else {
		p.charge.Refund(ctx)
	}
	undo()
	return p, err
}

// withLiveChallenge adds the id of the live challenge to a rate-limit error, for a client that lost
// the first answer and shows the key of that request.
func (s *Service) withLiveChallenge(ctx context.Context, ask otp.Request, err error) error {
	if !apperr.Is(err, apperr.RateLimited) {
		return err
	}
	id, lookupErr := s.Challenges.Living(ctx, ask)
	if lookupErr != nil {
		logx.WithContext(ctx).Infof("signin: look up live challenge: %v", lookupErr)
	}
	return apperr.From(err).WithOtpID(id)
}

// lookUp runs find and charges the client if the object does not exist, so that ids cannot be
// guessed.
func (s *Service) lookUp(ctx context.Context, find func() error) error {
	plan := s.Guard.ForLookup(client(ctx))
	if err := s.Guard.Recall(plan); err != nil {
		return err
	}
	err := find()
	if !apperr.Is(err, apperr.NotFound) {
		return err
	}
	return s.chargeLookup(ctx, err)
}

// chargeLookup charges a refusal to the client and returns it, or apperr.RateLimited if the
// client had too many.
func (s *Service) chargeLookup(ctx context.Context, refusal error) error {
	if err := s.Guard.Spend(ctx, s.Guard.ForLookup(client(ctx))); apperr.Is(err, apperr.RateLimited) {
		return err
	}
	return refusal
}

// chargedAct is charged for an action of a signed-in user.
func (s *Service) chargedAct(ctx context.Context, p reqctx.Principal, do func() error) error {
	return s.charged(ctx, s.Guard.ForAct(p.SessionID, client(ctx)), guard.UserName(p.UserID), event.WhenActing, do)
}

// chargedFreshAct is chargedAct for an action that requires a recent sign-in.
func (s *Service) chargedFreshAct(ctx context.Context, p reqctx.Principal, do func(*model.User) error) error {
	return s.chargedAct(ctx, p, func() error {
		if err := s.RequireFresh(ctx, p); err != nil {
			return err
		}
		user, err := s.Accounts.Current(ctx, p.UserID)
		if err != nil {
			return err
		}
		return do(user)
	})
}

// resetPasswordFailures clears a user's consecutive wrong passwords and remembers the client's
// network, after the user has signed in. It is best effort, like resetCodeFailures.
func (s *Service) resetPasswordFailures(ctx context.Context, userID int64) {
	ctx, cancel := context.WithTimeout(ctx, guardTimeout)
	defer cancel()
	if err := s.Guard.Proven(ctx, guard.UserName(userID), client(ctx)); err != nil {
		logx.WithContext(ctx).Infof("signin: reset password failures: %v", err)
	}
}

// payer returns the client's network, to which the cost of a hash is attributed.
func payer(ctx context.Context) password.Payer {
	return password.Payer{Network: guard.Network(client(ctx))}
}

func client(ctx context.Context) netip.Addr { return reqctx.ClientFrom(ctx).IP }

// signedIn returns the guard's account for a user who is signed in.
func signedIn(ctx context.Context, user *model.User) guard.Account {
	return guard.Account{Name: guard.UserName(user.Id), Client: client(ctx), SignedIn: true}
}
