package signin

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// retiredNumber returns the number of a request that the current numbering plan rejects, if a user
// has it: plans change, and the owner must still be able to sign in. Whether the message still
// arrives is up to the provider. For a number without an owner it returns refusal.
//
// Accepting such a number therefore reveals that somebody has it. Valid numbers reveal nothing of
// the kind, nor do those of a known plan change, which are other spellings of valid numbers. The
// rest is indistinguishable from a typo, and accepting all of those would hide typos from their
// authors. A client that tries many is charged as for unknown ids.
func (s *Service) retiredNumber(ctx context.Context, r CodeRequest, refusal error) (addr address.Address, err error) {
	addr, ok := address.ParseUnchecked(r.Phone)
	if !ok || addr.InPlan() || addr.IsCostly() {
		return address.Address{}, refusal
	}
	err = s.lookUp(ctx, func() error {
		user, err := s.Accounts.ByAddress(ctx, addr)
		if err == nil && user == nil {
			return apperr.New(apperr.NotFound)
		}
		return err
	})
	switch {
	case apperr.Is(err, apperr.NotFound):
		return address.Address{}, refusal
	case err != nil:
		return address.Address{}, err
	}
	return addr, s.checkNumber(r, addr)
}
