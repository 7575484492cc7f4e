package svc

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/keys"
	"user-api/internal/revocation"
	"user-api/internal/token"
	"user-api/model"
)

// maxJWKSAge is for how long others may hold the keys, in which a key must not begin to
// sign: so a lead is at least twice as long.
const maxJWKSAge = 5 * time.Minute

// knownRevoked is what the memory knows of keys.
type knownRevoked struct{ *revocation.Memory }

// KeyRevoked implements keys.Revoked.
func (m knownRevoked) KeyRevoked(id string) (revoked, current bool) {
	_, _, current = m.Ended("", 0)
	return m.Memory.KeyRevoked(id), current
}

// newKeys makes what keeps the signing keys, and the routes a secret that nothing uses
// where there is none.
func (s *ServiceContext) newKeys(ring *keyring.Ring, events event.Sink, changes model.Changes) (err error) {
	auth := &s.Config.Auth
	alg := auth.Signing
	if auth.BySecret() {
		alg = token.HS256
	}
	s.Keys, err = keys.New(keys.Options{
		Table: model.NewSigningKeyModel(s.db.Conn, changes), Ring: ring, Revoked: knownRevoked{s.ended}, Events: events, Alg: alg,
		Life: auth.KeyLife.Duration(), Lead: auth.KeyLead.Duration(), Access: auth.AccessExpire.Duration(), Rand: s.Rand,
	})
	return err
}

// JWKSAge is for how long others may hold the keys.
func (s *ServiceContext) JWKSAge() time.Duration {
	return min(maxJWKSAge, s.Config.Auth.KeyLead.Duration()/2)
}

// fillRoutes gives the routes a secret where there is none: go-zero demands one of every
// protected group. Nothing verifies by it, see httpapi.Mount, and nobody can guess it.
func (s *ServiceContext) fillRoutes() {
	if s.Config.Auth.AccessSecret == "" {
		raw := make([]byte, 32)
		rand.Read(raw)
		s.Config.Auth.AccessSecret = base64.StdEncoding.EncodeToString(raw)
	}
}
