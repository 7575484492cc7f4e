// Package keyring derives every key of the service from its secrets. Each key has one
// purpose, and stored values can neither be read nor guessed without the secrets.
//
//	Name, Address  stable pseudonyms for keys and tables
//	Seal, Open     encryption at rest for values that must be read back
//	MAC, MACs      keyed digests of length-prefixed fields
//
// A secret may have a second one: its predecessor or its successor. While nodes get a new
// secret one after the other, all of them know both. Values sealed under either can be
// opened, and entries stored under either name are found.
package keyring

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// MinPepper is the minimum length of a secret in bytes.
const MinPepper = 32

// ErrUnsealable is returned by Open for anything that Seal did not create under a pepper
// of this ring and the same context.
var ErrUnsealable = errors.New("keyring: cannot open sealed value")

type (
	// Secrets are the inputs of a ring. All but Pepper may be empty.
	Secrets struct {
		// Pepper derives codes, their digests and seals. PrevPepper only opens and
		// verifies; it creates nothing.
		Pepper, PrevPepper []byte
		// Pseudonym derives pseudonyms; if empty, Pepper does. PrevPseudonym is the other
		// secret under which pseudonyms may be found.
		Pseudonym, PrevPseudonym []byte
	}

	// Ring holds the derived keys. It is safe for concurrent use.
	Ring struct {
		peppers [][]byte // the current one first, here and below
		sealers []sealer
		names   []*MAC
		rand    io.Reader
	}
)

// New derives a ring from a pepper alone. rand supplies nonces.
func New(pepper []byte, rand io.Reader) (*Ring, error) {
	return FromSecrets(Secrets{Pepper: pepper}, rand)
}

// FromSecrets derives a ring. rand supplies nonces.
func FromSecrets(s Secrets, rand io.Reader) (*Ring, error) {
	peppers, err := list("pepper", s.Pepper, s.PrevPepper)
	if err != nil {
		return nil, err
	}
	r := &Ring{peppers: peppers, rand: rand}
	for _, pepper := range peppers {
		one, err := newSealer(pepper)
		if err != nil {
			return nil, err
		}
		r.sealers = append(r.sealers, one)
	}
	pseudonyms, err := list("pseudonym secret", s.pseudonyms()...)
	if err != nil {
		return nil, err
	}
	for _, secret := range pseudonyms {
		key, err := derive(secret, "pseudonym")
		if err != nil {
			return nil, err
		}
		r.names = append(r.names, NewMAC(key))
	}
	return r, nil
}

// MAC returns the MAC of the current pepper for one purpose.
func (r *Ring) MAC(purpose string) (*MAC, error) {
	macs, err := r.MACs(purpose)
	if err != nil {
		return nil, err
	}
	return macs[0], nil
}

// MACs returns the MACs for one purpose, one for each pepper. The current pepper comes
// first; OpenBy uses the same order.
func (r *Ring) MACs(purpose string) ([]*MAC, error) {
	macs := make([]*MAC, len(r.peppers))
	for i, pepper := range r.peppers {
		key, err := derive(pepper, purpose)
		if err != nil {
			return nil, err
		}
		macs[i] = NewMAC(key)
	}
	return macs, nil
}

// pseudonyms returns the secrets of pseudonyms. An upcoming dedicated secret takes
// precedence over the previous pepper, because other nodes already use it for counting.
func (s Secrets) pseudonyms() [][]byte {
	current, other := s.Pseudonym, s.PrevPseudonym
	if len(current) == 0 {
		current = s.Pepper
		if len(other) == 0 {
			other = s.PrevPepper
		}
	}
	return [][]byte{current, other}
}

// list returns the secrets, without a second one that is empty or equal to the first.
func list(name string, secrets ...[]byte) ([][]byte, error) {
	var all [][]byte
	for i, secret := range secrets {
		if i > 0 && (len(secret) == 0 || string(secret) == string(secrets[0])) {
			continue
		}
		if len(secret) < MinPepper {
			return nil, fmt.Errorf("keyring: a %s has %d bytes, want at least %d", name, len(secret), MinPepper)
		}
		all = append(all, secret)
	}
	return all, nil
}

// derive derives a 256-bit key for one purpose (HKDF-SHA-256, RFC 5869).
func derive(secret []byte, purpose string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "user-api "+purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("keyring: derive %s: %w", purpose, err)
	}
	return key, nil
}
