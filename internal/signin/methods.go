package signin

import (
	"context"

	"user-api/internal/address"
	"user-api/model"
)

// A sign-in method (model.Way) is a proof that suffices to sign in: a code to a phone number, a
// code to an e-mail address if sign-in by e-mail is enabled, a password with any name, a passkey,
// and a link to a configured provider. Second factors are not sign-in methods. Every removal goes
// through removeMethod, so that the last one stays.

// methodsEnabled returns the sign-in methods that the configuration enables.
func (s *Service) methodsEnabled() model.Ways {
	w := model.Ways{Email: s.ByEmail, Passkeys: s.Passkeys != nil}
	for _, p := range s.Social.Providers.List() {
		w.Providers = append(w.Providers, p.Name)
	}
	return w
}

// removeMethod removes a sign-in method from the user and reports whether it existed. Removing an
// address ends the sessions other than except. It fails with apperr.LastSignIn if no other method
// would remain, even under concurrent removals.
func (s *Service) removeMethod(ctx context.Context, userID int64, way model.Way, except string) (bool, error) {
	return s.Accounts.RemoveWay(ctx, userID, way, s.methodsEnabled(), except)
}

// addressMethod returns the sign-in method of a kind of address.
func addressMethod(kind address.Kind) model.Way {
	if kind == address.KindEmail {
		return model.Way{Kind: model.WayEmail}
	}
	return model.Way{Kind: model.WayPhone}
}
