package signin

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// heldNumber is the number of a request that today's plans refuse, if a user has it:
// plans change, and the owner must get in. The message may not arrive any more, which
// the provider knows and nobody else. Of a number that nobody has it returns refusal.
//
// So a number outside of every plan tells, by being taken, that somebody has it. Valid
// ones tell nothing of the kind, nor do those of a plan whose change is known, which are
// spellings of valid ones. What is left cannot be told apart from a slip of the pen, and
// to take every one would tell nobody of theirs. Who tries many is charged for them as
// for ids that are not there.
func (s *Service) heldNumber(ctx context.Context, r CodeRequest, refusal error) (addr address.Address, err error) {
	addr, ok := address.ParseHeld(r.Phone)
	if !ok || addr.InPlan() || addr.Dear() {
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
	return addr, s.admitted(r, addr)
}
