package signin

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/identity"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Bind makes the address of a challenge the user's. Where it replaces another,
// the old address gets a notice and the other sessions end. Fails with
// apperr.PhoneTaken or EmailTaken: only who has proven an address is told that
// it belongs to somebody else.
func (s *Service) Bind(ctx context.Context, p reqctx.Principal, kind identity.Kind, otpID, code string) (*model.User, error) {
	proof, err := s.Challenges.Verify(ctx, otp.Answer{ID: otpID, Code: code, Purpose: bindPurpose(kind), UserID: p.UserID})
	if err != nil {
		return nil, err
	}
	before, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	after, err := s.Accounts.Bind(ctx, p.UserID, proof.Address)
	if err != nil {
		return nil, err
	}
	old := addressOf(before, kind)
	if old == "" || old == proof.Address.Canonical() {
		return after, nil
	}
	if err := s.Sessions.EndUser(ctx, p.UserID, p.SessionID); err != nil {
		return nil, err
	}
	if err := s.notify(ctx, p.UserID, old); err != nil {
		// The address is bound and the code is used: that the notice is not sent is
		// for the operator to know.
		logx.WithContext(ctx).Errorf("signin: notice to the old address: %v", err)
	}
	return after, nil
}

// SendBindingCode sends a code to a new address of the signed-in user, whose
// sign-in must be recent.
func (s *Service) SendBindingCode(ctx context.Context, p reqctx.Principal, r CodeRequest) (otp.Ticket, error) {
	if err := s.Sessions.RequireRecent(ctx, p.SessionID); err != nil {
		return otp.Ticket{}, err
	}
	address, err := s.destination(r)
	if err != nil {
		return otp.Ticket{}, err
	}
	ticket, err := s.Challenges.Issue(ctx, otp.Request{
		Address: address, Channel: channelOf(address), Purpose: bindPurpose(address.Kind()), Locale: r.Locale, UserID: p.UserID,
		Client: reqctx.ClientFrom(ctx).IP,
	})
	if err != nil {
		return otp.Ticket{}, err
	}
	return ticket, s.enqueue(ctx, ticket)
}

// notify tells an address that it was replaced.
func (s *Service) notify(ctx context.Context, userID int64, canonical string) error {
	address, err := identity.Restore(canonical)
	if err != nil {
		return err
	}
	ticket, err := s.Challenges.Notice(ctx, userID, address, channelOf(address))
	if err != nil {
		return err
	}
	return s.enqueue(ctx, ticket)
}

// addressOf is the user's address of a kind, or "".
func addressOf(user *model.User, kind identity.Kind) string {
	if kind == identity.KindEmail {
		return user.Email.String
	}
	return user.Phone.String
}

// bindPurpose keeps a code for one kind of address from proving another.
func bindPurpose(kind identity.Kind) otp.Purpose {
	if kind == identity.KindEmail {
		return otp.PurposeBindEmail
	}
	return otp.PurposeBindPhone
}
