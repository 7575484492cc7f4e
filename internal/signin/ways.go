package signin

import (
	"context"

	"user-api/internal/address"
	"user-api/model"
)

// The ways in of a user are the proofs that alone sign in: a code to a number, a code to
// an e-mail address where one signs in by that, a password with any name, a passkey, and a
// link to a provider that is configured. Whatever removes one goes through removeWay, so
// that the last one stays. Second factors are none.

// ways are what is a way in by the configuration.
func (s *Service) ways() model.Ways {
	w := model.Ways{Email: s.ByEmail, Passkeys: s.Passkeys != nil}
	for _, p := range s.Social.Providers.List() {
		w.Providers = append(w.Providers, p.Name)
	}
	return w
}

// removeWay takes a way in from the user and reports whether there was one. Of an address
// it ends the sessions but the one excepted. Fails with apperr.LastSignIn where no other
// way in would be left, however many are removed at once.
func (s *Service) removeWay(ctx context.Context, userID int64, way model.Way, except string) (bool, error) {
	return s.Accounts.RemoveWay(ctx, userID, way, s.ways(), except)
}

// addressWay is the way in of an address of a kind.
func addressWay(kind address.Kind) model.Way {
	if kind == address.KindEmail {
		return model.Way{Kind: model.WayEmail}
	}
	return model.Way{Kind: model.WayPhone}
}
