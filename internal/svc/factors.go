package svc

import (
	"context"
	"io"
	"time"

	"user-api/internal/config"
	"user-api/internal/keyring"
	"user-api/internal/mfa"
	"user-api/internal/store"
	"user-api/model"
)

// newFactors creates the storage of second factors.
func (s *ServiceContext) newFactors(ring *keyring.Ring) (*mfa.Factors, error) {
	return mfa.New(mfa.Options{
		Table: model.NewMfaModel(s.db.Conn), Codes: model.NewRecoveryCodeModel(s.db.Conn), Users: s.users,
		Ring: ring, Issuer: s.Config.AppName(), Now: s.Now, Rand: s.Rand,
	})
}

// SealedFactors counts the secrets of second factors by the pepper that encrypts them, as a
// service with this configuration would see them.
func SealedFactors(ctx context.Context, c config.Config, db *store.DB, now func() time.Time, rand io.Reader) (mfa.Sealed, error) {
	ring, err := newRing(c, rand)
	if err != nil {
		return mfa.Sealed{}, err
	}
	f, err := mfa.New(mfa.Options{Table: model.NewMfaModel(db.Conn), Ring: ring, Now: now, Rand: rand})
	if err != nil {
		return mfa.Sealed{}, err
	}
	return f.Sealed(ctx)
}
