package signin

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

const (
	// actionAnonymous is the captcha action for creating an anonymous user.
	actionAnonymous = "anonymous"
	// anonymousKey is the key under which this process counts registrations without a name while
	// Redis does not.
	anonymousKey = "anonymous"

	// purgePage is the number of users per query, purgeMost the number per run: some minutes of
	// work, after which another node may continue.
	purgePage = 100
	purgeMost = 10_000
)

// ByAnonymous creates an anonymous user and opens its only session. It is charged like a
// registration. It fails with apperr.NotFound if anonymous users are disabled, with Forbidden if
// sign-up is closed, with CaptchaRequired, RateLimited or Unavailable.
func (s *Service) ByAnonymous(ctx context.Context, captcha string, d session.Device) (pair Pair, err error) {
	if !s.Anonymous {
		return Pair{}, apperr.New(apperr.NotFound)
	}
	plan := s.Guard.ForRegister(client(ctx))
	err = s.withCaptcha(ctx, captcha, actionAnonymous, func(solved bool) error {
		if s.AnonymousCaptcha && !solved {
			if err := s.Guard.Recall(plan); err != nil {
				return err
			}
			return apperr.New(apperr.CaptchaRequired)
		}
		return s.charged(ctx, plan, anonymousKey, event.WhenRegistering, func() (err error) {
			pair, err = s.Admit(ctx, Proof{
				By: event.ByAnonymous, RefusalCode: apperr.Forbidden, FindOrCreate: s.createAnonymous,
				Sufficient: true, // a new user has no second factor
				Recheck:    func(context.Context, *model.User) error { return nil },
			}, d)
			return err
		})
	})
	return pair, err
}

// createAnonymous is a Proof.FindOrCreate. If the session then cannot be opened, the user is
// unreachable and is purged with the others.
func (s *Service) createAnonymous(ctx context.Context) (*model.User, bool, error) {
	keys, err := s.maySignUp(ctx, "", address.Address{})
	if err != nil {
		return nil, false, err
	}
	user, err := s.Accounts.CreateAnonymous(ctx, keys...)
	if err != nil {
		return nil, false, s.noInvite(ctx, err)
	}
	s.Events.Keep(ctx, event.Event{Kind: event.AnonymousCreated, UserID: user.Id})
	return user, true, nil
}

// requireToAdd checks what adding a sign-in method requires: a recent sign-in, but nothing of an
// anonymous user, who cannot sign in again and would never get one. So whoever holds a token of an
// anonymous user can take over the account; only the token tells the two apart.
func (s *Service) requireToAdd(ctx context.Context, p reqctx.Principal) error {
	stale := s.RequireFresh(ctx, p)
	if !apperr.Is(stale, apperr.Reauthenticate) {
		return stale
	}
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil || user.Anonymous != 0 {
		return err
	}
	return stale
}

// upgraded records that a formerly anonymous user now has a sign-in method.
func (s *Service) upgraded(ctx context.Context, before, after *model.User, by event.Reason) {
	if before.Anonymous != 0 && after.Anonymous == 0 {
		s.Events.Keep(ctx, event.Event{Kind: event.AnonymousUpgraded, UserID: after.Id, Reason: by})
	}
}

// upgradedBy is upgraded for a user who was read only before the change. The change is done, so a
// failing read is ignored.
func (s *Service) upgradedBy(ctx context.Context, before *model.User, by event.Reason) {
	if before.Anonymous == 0 {
		return
	}
	if after, err := s.Accounts.Current(ctx, before.Id); err == nil {
		s.upgraded(ctx, before, after, by)
	}
}

// deleteAnonymous erases an anonymous user, whose session is the only proof there is.
func (s *Service) deleteAnonymous(ctx context.Context, p reqctx.Principal, user *model.User) error {
	if user.Anonymous == 0 {
		return apperr.New(apperr.InvalidRequest).WithField("password")
	}
	return s.chargedAct(ctx, p, func() error { return s.erase(ctx, user) })
}

// PurgeAnonymous erases anonymous users whose lifetime is over, and returns their number. Several
// nodes may run it concurrently.
func (s *Service) PurgeAnonymous(ctx context.Context) (purged int, err error) {
	available := true
	for purged < purgeMost {
		n, err := s.Accounts.PurgeAnonymous(ctx, s.AnonymousLife, purgePage, func(id int64) {
			s.Events.Keep(ctx, event.Event{Kind: event.AccountDeleted, UserID: id, Reason: event.ByAnonymous})
			available = s.forgetLater(ctx, &model.User{Id: id}, available)
		})
		purged += n
		if err != nil || n == 0 {
			return purged, err
		}
	}
	return purged, nil
}

// forgetLater is forget for one of many users. Once Redis has failed, the rest is left to
// ForgetErased, so that a run does not wait for it repeatedly.
func (s *Service) forgetLater(ctx context.Context, user *model.User, now bool) (ok bool) {
	if !now {
		s.erased.add(user)
		return false
	}
	if err := s.forget(ctx, user); err != nil {
		logx.WithContext(ctx).Errorf("signin: Redis data of erased users is not removed yet: %v", err)
		return false
	}
	return true
}
