// Package keyring derives every key the service needs from one secret, the
// pepper (at least 32 bytes), so that a key has one purpose and nothing in a
// store is readable or guessable without the pepper.
//
//	Pseudonym   a stable stand-in for an address, for keys and tables
//	Seal, Open  encryption at rest (AES-256-GCM) for what must be read back
//	MAC         keyed digests of length-prefixed fields
package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
)

// MinPepper is the shortest pepper accepted, in bytes.
const MinPepper = 32

// ErrUnsealable is returned by Open for anything Seal did not make under this
// pepper and this context.
var ErrUnsealable = errors.New("keyring: cannot open sealed value")

type (
	// Ring holds the derived keys. It is safe for concurrent use.
	Ring struct {
		pepper []byte
		index  *MAC
		aead   cipher.AEAD
		rand   io.Reader
	}

	// MAC makes keyed digests. It keeps the states that a key begins with, which
	// cost more to make than a digest does. It is safe for concurrent use.
	MAC struct {
		states sync.Pool
	}
)

// New derives a ring from the pepper; rand is where nonces come from.
func New(pepper []byte, rand io.Reader) (*Ring, error) {
	if len(pepper) < MinPepper {
		return nil, fmt.Errorf("keyring: the pepper has %d bytes, want at least %d", len(pepper), MinPepper)
	}
	r := &Ring{pepper: pepper, rand: rand}
	var err error
	if r.index, err = r.MAC("pseudonym"); err != nil {
		return nil, err
	}
	seal, err := r.key("seal")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if r.aead, err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return r, nil
}

// MAC returns the MAC of a key for one purpose.
func (r *Ring) MAC(purpose string) (*MAC, error) {
	key, err := r.key(purpose)
	if err != nil {
		return nil, err
	}
	return NewMAC(key), nil
}

// key derives a 256-bit key for one purpose (HKDF-SHA-256, RFC 5869).
func (r *Ring) key(purpose string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, r.pepper, nil, "user-api "+purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("keyring: derive %s: %w", purpose, err)
	}
	return key, nil
}

// Open reverses Seal. A value sealed for another context does not open.
func (r *Ring) Open(context string, sealed []byte) ([]byte, error) {
	n := r.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrUnsealable
	}
	plain, err := r.aead.Open(nil, sealed[:n], sealed[n:], []byte(context))
	if err != nil {
		return nil, ErrUnsealable
	}
	return plain, nil
}

// Pseudonym returns 32 hex digits that stand for the parts: the same parts
// always give the same pseudonym, and it tells nothing without the pepper.
func (r *Ring) Pseudonym(parts ...string) string {
	return hex.EncodeToString(r.index.Sum(parts...)[:16])
}

// Seal encrypts plain for storage; context is bound to it and must be given
// again to Open, so that a sealed value cannot be moved to another place.
func (r *Ring) Seal(context string, plain []byte) ([]byte, error) {
	nonce := make([]byte, r.aead.NonceSize(), r.aead.NonceSize()+len(plain)+r.aead.Overhead())
	if _, err := io.ReadFull(r.rand, nonce); err != nil {
		return nil, fmt.Errorf("keyring: nonce: %w", err)
	}
	return r.aead.Seal(nonce, nonce, plain, []byte(context)), nil
}

// NewMAC returns the MAC of a key.
func NewMAC(key []byte) *MAC {
	return &MAC{states: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// Sum is HMAC-SHA-256 over the parts, each preceded by its length, so that no
// two lists of parts share an input.
func (m *MAC) Sum(parts ...string) []byte {
	state := m.states.Get().(hash.Hash)
	defer m.states.Put(state)
	state.Reset()
	var size [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		state.Write(size[:])
		io.WriteString(state, part)
	}
	return state.Sum(nil)
}
