// Package keyring derives every key the service needs from its secrets, so that a
// key has one purpose and nothing in a store is readable or guessable without them.
//
//	Name, Address  stable stand-ins for what must not be in clear, for keys and tables
//	Seal, Open     encryption at rest for what must be read back
//	MAC, MACs      keyed digests of length-prefixed fields
//
// A secret may have another beside it: the one before it, or the one to come. While
// nodes are given a new secret one after the other, both are known to all of them.
// What either sealed opens, and what is counted under either name is found.
package keyring

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// MinPepper is the shortest secret accepted, in bytes.
const MinPepper = 32

// ErrUnsealable is returned by Open for anything Seal did not make under a pepper
// of this ring and this context.
var ErrUnsealable = errors.New("keyring: cannot open sealed value")

type (
	// Secrets are what a ring derives from. All but Pepper may be empty.
	Secrets struct {
		// Pepper is what codes, their digests and seals derive from. PrevPepper still
		// opens and recognises, and makes nothing.
		Pepper, PrevPepper []byte
		// Pseudonym is what pseudonyms derive from, PrevPseudonym the other secret
		// under which they may be found. Without Pseudonym it is the pepper.
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

// New derives a ring from a pepper alone; rand is where nonces come from.
func New(pepper []byte, rand io.Reader) (*Ring, error) {
	return FromSecrets(Secrets{Pepper: pepper}, rand)
}

// FromSecrets derives a ring; rand is where nonces come from.
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

// MAC returns the MAC of the pepper for one purpose.
func (r *Ring) MAC(purpose string) (*MAC, error) {
	macs, err := r.MACs(purpose)
	if err != nil {
		return nil, err
	}
	return macs[0], nil
}

// MACs returns the MACs of one purpose, of every pepper, in the order that OpenBy
// counts them in: the current one first.
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

// pseudonyms are the secrets of pseudonyms. A secret of their own that is only to
// come goes before the previous pepper: it is the one that other nodes count by.
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

// list leaves out an empty second secret, and one that is the first once more.
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

// derive gives a 256-bit key for one purpose (HKDF-SHA-256, RFC 5869).
func derive(secret []byte, purpose string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "user-api "+purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("keyring: derive %s: %w", purpose, err)
	}
	return key, nil
}
