package signin

import (
	"context"
	"errors"
	"slices"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/model"
)

// outcome holds the events for the ways in which an action can end. An event
// without a kind is not recorded.
type outcome struct {
	// done is what happened.
	done event.Event
	// refused is what happened instead where one of the codes in by refused it.
	refused event.Event
	by      []apperr.Code
	// limited is what a limit refused.
	limited event.Reason
}

// report records how an action ended and returns err, the reason for its end.
// Only decisions are recorded: the failure of a part belongs in the log. Of a
// flood, at most one refusal per second and limit is recorded.
func (s *Service) report(ctx context.Context, o outcome, err error) error {
	e := o.done
	switch {
	case err == nil:
	case apperr.Is(err, apperr.RateLimited):
		if o.limited == "" || errors.Is(err, guard.ErrRemembered) {
			return err
		}
		if e.Kind == "" {
			e = o.refused
		}
		e.Kind, e.Reason, e.Limit = event.Limited, o.limited, limitOf(err)
	case slices.ContainsFunc(o.by, func(code apperr.Code) bool { return apperr.Is(err, code) }):
		e = o.refused
	default:
		return err
	}
	if e.Kind != "" {
		s.Events.Keep(ctx, e)
	}
	return err
}

// limitOf is the limit that an error names, or "".
func limitOf(err error) string {
	var refused *apperr.Error
	if errors.As(err, &refused) {
		return refused.Limit
	}
	return ""
}

// whyNot is why a user may not; nil is nobody.
func (s *Service) whyNot(user *model.User, otherwise event.Reason) event.Reason {
	switch {
	case user == nil:
		return event.UnknownAccount
	case s.Accounts.Banned(user):
		return event.BannedAccount
	}
	return otherwise
}

// proven are the addresses of a user; nil has none. One that is at hand need not be read
// once more, which takes as long as a query.
func proven(user *model.User, atHand ...address.Address) []address.Address {
	var list []address.Address
	if user == nil {
		return nil
	}
	for _, kind := range []address.Kind{address.KindPhone, address.KindEmail} {
		at := slices.IndexFunc(atHand, func(a address.Address) bool { return a.Kind() == kind && a.Canonical() == textOf(user, kind) })
		if at >= 0 {
			list = append(list, atHand[at])
		} else if address := addressOf(user, kind); !address.IsZero() {
			list = append(list, address)
		}
	}
	return list
}

// idOf is the user's id, 0 for nobody.
func idOf(user *model.User) int64 {
	if user == nil {
		return 0
	}
	return user.Id
}
