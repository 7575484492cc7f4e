package signin

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

const (
	// actionAnonymous is what a captcha is solved for.
	actionAnonymous = "anonymous"
	// nobodysName is what this process counts registrations by that bring no name,
	// where Redis does not.
	nobodysName = "anonymous"

	// purgePage is how many users one query finds, purgeMost how many one pass erases:
	// some minutes of work, after which others have their turn.
	purgePage = 100
	purgeMost = 10_000
)

// ByNobody makes a user without names and opens the one session that leads to it. It is
// charged as a registration is. Fails with apperr.NotFound where this is not offered, with
// Forbidden where nobody may sign up, with CaptchaRequired, RateLimited or Unavailable.
func (s *Service) ByNobody(ctx context.Context, captcha string, d session.Device) (pair Pair, err error) {
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
		return s.charged(ctx, plan, nobodysName, event.WhenRegistering, func() (err error) {
			pair, err = s.Admit(ctx, Proof{
				By: event.ByAnonymous, Refused: apperr.Forbidden, Make: s.makeAnonymous,
				Alone: true, // nobody who is new has a second factor
				Still: func(context.Context, *model.User) error { return nil },
			}, d)
			return err
		})
	})
	return pair, err
}

// makeAnonymous is a Proof.Make. A user whose session then cannot be opened is one that
// nobody gets into, and goes with the others.
func (s *Service) makeAnonymous(ctx context.Context) (*model.User, bool, error) {
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

// requireToAdd demands what adding a way in needs: a recent sign-in, and nothing of an
// anonymous user, who has no way to sign in again and would be kept from ever getting one.
// So whoever has a token of an anonymous user can make the account their own; there is
// nothing but tokens to tell the two apart.
func (s *Service) requireToAdd(ctx context.Context, p reqctx.Principal) error {
	stale := s.requireFresh(ctx, p)
	if !apperr.Is(stale, apperr.Reauthenticate) {
		return stale
	}
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil || user.Anonymous != 0 {
		return err
	}
	return stale
}

// upgraded records that a user who was anonymous before has a way in now, and which.
func (s *Service) upgraded(ctx context.Context, before, after *model.User, by event.Reason) {
	if before.Anonymous != 0 && after.Anonymous == 0 {
		s.Events.Keep(ctx, event.Event{Kind: event.AnonymousUpgraded, UserID: after.Id, Reason: by})
	}
}

// upgradedBy is upgraded where the user was read before the change only. The change is
// done: that this cannot be read is no failure of that.
func (s *Service) upgradedBy(ctx context.Context, before *model.User, by event.Reason) {
	if before.Anonymous == 0 {
		return
	}
	if after, err := s.Accounts.Current(ctx, before.Id); err == nil {
		s.upgraded(ctx, before, after, by)
	}
}

// deleteAnonymous erases an anonymous user, whose session is all the proof there is.
func (s *Service) deleteAnonymous(ctx context.Context, p reqctx.Principal, user *model.User) error {
	if user.Anonymous == 0 {
		return apperr.New(apperr.InvalidRequest).WithField("password")
	}
	return s.charged(ctx, s.Guard.ForAct(p.SessionID, client(ctx)), guard.UserName(p.UserID), event.WhenActing, func() error {
		return s.erase(ctx, user)
	})
}

// PurgeAnonymous erases anonymous users whose life is over, as whoever leaves is erased,
// and returns how many. Any number of nodes may do it at once.
func (s *Service) PurgeAnonymous(ctx context.Context) (purged int, err error) {
	redis := true
	for purged < purgeMost {
		n, err := s.Accounts.PurgeAnonymous(ctx, s.AnonymousLife, purgePage, func(id int64) {
			s.Events.Keep(ctx, event.Event{Kind: event.AccountDeleted, UserID: id, Reason: event.ByAnonymous})
			redis = s.forgetLater(ctx, &model.User{Id: id}, redis)
		})
		purged += n
		if err != nil || n == 0 {
			return purged, err
		}
	}
	return purged, nil
}

// forgetLater is forget for one of many users. Once Redis has failed the others wait for
// ForgetErased: no pass waits for it time and again.
func (s *Service) forgetLater(ctx context.Context, user *model.User, now bool) (ok bool) {
	if !now {
		s.traces.add(user)
		return false
	}
	if err := s.forget(ctx, user); err != nil {
		logx.WithContext(ctx).Errorf("signin: erased users' traces wait to be removed: %v", err)
		return false
	}
	return true
}
