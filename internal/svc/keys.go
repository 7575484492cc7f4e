package svc

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"time"

	"user-api/internal/config"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/keys"
	"user-api/internal/revocation"
	"user-api/internal/store"
	"user-api/internal/token"
	"user-api/model"
)

// maxJWKSAge is how long verifiers may cache the keys. A key must not start to sign within
// this time, so a lead is at least twice as long.
const maxJWKSAge = 5 * time.Minute

// knownRevoked looks up revoked keys in the memory of revocations.
type knownRevoked struct{ *revocation.Memory }

// KeyRevoked implements keys.Revoked.
func (m knownRevoked) KeyRevoked(id string) (revoked, current bool) {
	_, _, current = m.Ended("", 0)
	return m.Memory.KeyRevoked(id), current
}

// noneRevoked is for readers of the table only.
type noneRevoked struct{}

// KeyRevoked implements keys.Revoked.
func (noneRevoked) KeyRevoked(string) (revoked, current bool) { return false, true }

// newKeys creates the manager of the signing keys.
func (s *ServiceContext) newKeys(ring *keyring.Ring, events event.Sink, changes model.Changes) (err error) {
	o := keyOptions(s.Config, s.Rand)
	o.Table, o.Ring, o.Revoked, o.Events = model.NewSigningKeyModel(s.db.Conn, changes), ring, knownRevoked{s.ended}, events
	s.Keys, err = keys.New(o)
	return err
}

// ListKeys returns the keys as a service with this configuration would see them, without
// changing any.
func ListKeys(ctx context.Context, c config.Config, db *store.DB, rand io.Reader) ([]keys.Key, error) {
	ring, err := newRing(c, rand)
	if err != nil {
		return nil, err
	}
	o := keyOptions(c, rand)
	o.Table = model.NewSigningKeyModel(db.Conn, model.Changes{Clock: db.Dialect.Clock})
	o.Ring, o.Revoked, o.Events = ring, noneRevoked{}, event.New()
	all, err := keys.New(o)
	if err != nil {
		return nil, err
	}
	return all.List(ctx)
}

func keyOptions(c config.Config, rand io.Reader) keys.Options {
	alg := c.Auth.Signing
	if c.Auth.BySecret() {
		alg = token.HS256
	}
	return keys.Options{
		Alg: alg, Life: c.Auth.KeyLife.Duration(), Lead: c.Auth.KeyLead.Duration(), Access: c.Auth.AccessExpire.Duration(), Rand: rand,
	}
}

// JWKSAge returns how long verifiers may cache the keys.
func (s *ServiceContext) JWKSAge() time.Duration {
	return min(maxJWKSAge, s.Config.Auth.KeyLead.Duration()/2)
}

func (s *ServiceContext) newCodec() (*token.Codec, error) {
	auth := s.Config.Auth
	return token.New(token.Options{
		Signing: auth.Signing, Keys: s.Keys, PrevIssuer: auth.PrevIssuer,
		AccessSecret: auth.AccessSecret, PrevAccessSecret: auth.PrevAccessSecret,
		RefreshSecret: auth.RefreshSecret, PrevRefreshSecret: auth.PrevRefreshSecret,
		Issuer: auth.Issuer, Audience: auth.Audience, AccessLife: auth.AccessExpire.Duration(), Now: s.Now,
	})
}

// fillRoutes sets a random access secret if there is none, because go-zero requires one for
// every protected group. Nothing verifies with it; see httpapi.Mount.
func (s *ServiceContext) fillRoutes() {
	if s.Config.Auth.AccessSecret == "" {
		raw := make([]byte, 32)
		rand.Read(raw)
		s.Config.Auth.AccessSecret = base64.StdEncoding.EncodeToString(raw)
	}
}
