package signin

import (
	"cmp"
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Bind adds the address of a challenge to the user. If it replaces another, the other sessions end.
// It fails with apperr.PhoneTaken or EmailTaken: only the owner of an address learns that it
// belongs to another account.
func (s *Service) Bind(ctx context.Context, p reqctx.Principal, kind address.Kind, otpID, code string) (after *model.User, err error) {
	answer := otp.Answer{ID: otpID, Code: code, Purpose: bindPurpose(kind), UserID: p.UserID}
	err = s.withCode(ctx, answer, func(ctx context.Context, v otp.Verified) error {
		after, err = s.bind(ctx, p, v)
		return err
	})
	return after, err
}

func (s *Service) bind(ctx context.Context, p reqctx.Principal, v otp.Verified) (*model.User, error) {
	before, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	address := v.Address
	failed := event.Event{Kind: event.AddressBindFailed, UserID: p.UserID, Address: address, Reason: event.Taken}
	if v.Returned && before.Epoch != v.Epoch && address.Is(textOf(before, address.Kind())) {
		return before, nil // a retry after the answer was lost
	}
	if before.Epoch != v.Epoch {
		failed.Reason = event.WrongCode
		s.Events.Keep(ctx, failed)
		return nil, apperr.New(apperr.OtpInvalid).Wrap(errInvalidated)
	}
	done := event.Event{
		Kind: event.AddressBound, UserID: p.UserID, Address: address, Reason: event.Reason(bindPurpose(address.Kind())), Proven: proven(before),
	}
	old := addressOf(before, address.Kind())
	replaces := !old.IsZero() && !old.Same(address)
	if replaces {
		done.Replaced = old
	}
	var after *model.User
	if replaces {
		after, err = s.Accounts.Replace(ctx, p.UserID, address, p.SessionID)
	} else {
		after, err = s.Accounts.Bind(ctx, p.UserID, address)
	}
	if err == nil {
		s.upgraded(ctx, before, after, event.ByCode)
	}
	return after, s.report(ctx, outcome{
		done: done, refused: failed, by: []apperr.Code{apperr.PhoneTaken, apperr.EmailTaken},
	}, err)
}

// SendBindingCode sends a code to a new address of the user, who needs a recent sign-in unless
// anonymous.
func (s *Service) SendBindingCode(ctx context.Context, p reqctx.Principal, r CodeRequest) (otp.Ticket, error) {
	if err := s.requireToAdd(ctx, p); err != nil {
		return otp.Ticket{}, err
	}
	address, err := s.destination(r)
	if err != nil {
		return otp.Ticket{}, err
	}
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return otp.Ticket{}, err
	}
	purpose := bindPurpose(address.Kind())
	ask := otp.Request{Address: address, Channel: r.channel(address), Purpose: purpose, Locale: cmp.Or(r.Locale, r.Languages), Said: r.Locale != "", UserID: p.UserID, Epoch: user.Epoch}
	ticket, err := s.grantTicket(ctx, ask, r.Captcha, s.Challenges.Issue)
	return ticket, s.send(ctx, address, p.UserID, purpose, ticket, err)
}

// addressOf returns the stored address of a user, or zero if there is none.
func addressOf(user *model.User, kind address.Kind) address.Address {
	return address.Stored(kind, textOf(user, kind))
}

// textOf returns the stored text of a user's address, or "".
func textOf(user *model.User, kind address.Kind) string {
	if kind == address.KindEmail {
		return user.Email.String
	}
	return user.Phone.String
}

// bindPurpose separates codes for the two kinds of address.
func bindPurpose(kind address.Kind) otp.Purpose {
	if kind == address.KindEmail {
		return otp.PurposeBindEmail
	}
	return otp.PurposeBindPhone
}

// Remove removes an address of the user, who needs a recent sign-in, and ends the other sessions.
// It fails with apperr.LastSignIn if no other sign-in method would remain.
func (s *Service) Remove(ctx context.Context, p reqctx.Principal, kind address.Kind) (*model.User, error) {
	if err := s.RequireFresh(ctx, p); err != nil {
		return nil, err
	}
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	address := addressOf(user, kind)
	if address.IsZero() {
		return user, nil
	}
	removed, err := s.removeMethod(ctx, user.Id, addressMethod(kind), p.SessionID)
	o := outcome{
		refused: event.Event{Kind: event.AddressRemoveFailed, UserID: user.Id, Address: address, Reason: event.LastMethod},
		by:      []apperr.Code{apperr.LastSignIn},
	}
	if removed { // not by a concurrent request, which has reported it
		o.done = event.Event{Kind: event.AddressRemoved, UserID: user.Id, Address: address, Proven: proven(user)}
	}
	if err := s.report(ctx, o, err); err != nil {
		return nil, err
	}
	return s.Accounts.Current(ctx, user.Id)
}
