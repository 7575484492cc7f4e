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

// outcome holds the events for the possible results of an action. An event without a kind is not
// recorded.
type outcome struct {
	// done is recorded on success.
	done event.Event
	// refused is recorded if the action failed with one of the codes in by.
	refused event.Event
	by      []apperr.Code
	// limited is the reason recorded if a limit refused the action.
	limited event.Reason
}

// report records the result of an action and returns err unchanged. Only decisions are recorded;
// the failure of a component belongs in the log. Of a flood, at most one refusal per second and
// limit is recorded.
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
		e.Kind, e.Reason, e.Limit = event.Limited, o.limited, apperr.From(err).Limit
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

// accountRefusal returns the reason why user may not sign in: there is no such user, the user is
// banned, or otherwise.
func (s *Service) accountRefusal(user *model.User, otherwise event.Reason) event.Reason {
	switch {
	case user == nil:
		return event.UnknownAccount
	case s.Accounts.Banned(user):
		return event.BannedAccount
	}
	return otherwise
}

// proven returns the addresses of a user, none if user is nil. Addresses in parsed are reused,
// because parsing one takes as long as a query.
func proven(user *model.User, parsed ...address.Address) []address.Address {
	if user == nil {
		return nil
	}
	var list []address.Address
	for _, kind := range []address.Kind{address.KindPhone, address.KindEmail} {
		at := slices.IndexFunc(parsed, func(a address.Address) bool { return a.Kind() == kind && a.Canonical() == textOf(user, kind) })
		if at >= 0 {
			list = append(list, parsed[at])
		} else if address := addressOf(user, kind); !address.IsZero() {
			list = append(list, address)
		}
	}
	return list
}

// idOf returns the user's id, or 0 if user is nil.
func idOf(user *model.User) int64 {
	if user == nil {
		return 0
	}
	return user.Id
}
