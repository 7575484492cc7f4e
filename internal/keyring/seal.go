package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
	"io"
)

// A sealed value is a version, a nonce and the ciphertext of XAES-256-GCM
// (c2sp.org/XAES-256-GCM). AES-GCM allows 2^32 random nonces for one key (NIST SP
// 800-38D section 8.3), which a busy service uses up in 50 days. XAES derives a key for
// each value from the first half of the 24 random bytes and uses the second half as the
// nonce, so a pepper is good for 2^80 values.
//
// Values of the first release have no version: they are a 12-byte nonce and AES-256-GCM
// under a single key. They are still opened but no longer created.
const (
	version   = 2
	nonceSize = 24
	halfNonce = nonceSize / 2
	overhead  = 16
)

type sealer struct {
	derive cipher.Block
	k1     [aes.BlockSize]byte // CMAC's subkey
	first  cipher.AEAD         // for values of the first release
}

func newSealer(pepper []byte) (s sealer, err error) {
	key, err := derive(pepper, "seal extended")
	if err != nil {
		return s, err
	}
	if s.derive, s.k1, err = newXAES(key); err != nil {
		return s, err
	}
	if key, err = derive(pepper, "seal"); err != nil {
		return s, err
	}
	s.first, err = newGCM(key)
	return s, err
}

// Open reverses Seal. It does not open a value that was sealed for another context.
func (r *Ring) Open(context string, sealed []byte) ([]byte, error) {
	plain, _, err := r.OpenBy(context, sealed)
	return plain, err
}

// OpenBy is like Open and also returns the index of the pepper, in the order of MACs.
func (r *Ring) OpenBy(context string, sealed []byte) (plain []byte, by int, err error) {
	for i, s := range r.sealers {
		if plain, ok := s.open(context, sealed); ok {
			return plain, i, nil
		}
	}
	return nil, 0, ErrUnsealable
}

// Seal encrypts plain for storage. The same context must be passed to Open, so that a
// sealed value cannot be moved to another place.
func (r *Ring) Seal(context string, plain []byte) ([]byte, error) {
	sealed := make([]byte, 1+nonceSize, 1+nonceSize+len(plain)+overhead)
	sealed[0] = version
	nonce := sealed[1:]
	if _, err := io.ReadFull(r.rand, nonce); err != nil {
		return nil, fmt.Errorf("keyring: nonce: %w", err)
	}
	aead, err := r.sealers[0].aead(nonce[:halfNonce])
	if err != nil {
		return nil, err
	}
	return aead.Seal(sealed, nonce[halfNonce:], plain, []byte(context)), nil
}

// open tries both forms, because a value of the first release may begin with any byte.
func (s sealer) open(context string, sealed []byte) ([]byte, bool) {
	if len(sealed) > nonceSize && sealed[0] == version {
		nonce := sealed[1 : 1+nonceSize]
		if aead, err := s.aead(nonce[:halfNonce]); err == nil {
			if plain, err := aead.Open(nil, nonce[halfNonce:], sealed[1+nonceSize:], []byte(context)); err == nil {
				return plain, true
			}
		}
	}
	n := s.first.NonceSize()
	if len(sealed) < n {
		return nil, false
	}
	plain, err := s.first.Open(nil, sealed[:n], sealed[n:], []byte(context))
	return plain, err == nil
}

// aead returns the cipher for the values whose nonce begins with half. Its key is two
// blocks of AES-CMAC in counter mode (NIST SP 800-108).
func (s sealer) aead(half []byte) (cipher.AEAD, error) {
	var key [2 * aes.BlockSize]byte
	for i := range 2 {
		block := key[i*aes.BlockSize:][:aes.BlockSize]
		copy(block, []byte{0, byte(i + 1), 'X', 0})
		copy(block[4:], half)
		subtle.XORBytes(block, block, s.k1[:])
		s.derive.Encrypt(block, block)
	}
	return newGCM(key[:])
}

func newXAES(key []byte) (block cipher.Block, k1 [aes.BlockSize]byte, err error) {
	if block, err = aes.NewCipher(key); err != nil {
		return nil, k1, fmt.Errorf("keyring: %w", err)
	}
	block.Encrypt(k1[:], k1[:])
	carry := byte(0)
	for i := len(k1) - 1; i >= 0; i-- {
		k1[i], carry = k1[i]<<1|carry, k1[i]>>7
	}
	k1[len(k1)-1] ^= carry * 0x87 // reduction polynomial, in constant time
	return block, k1, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return aead, nil
}
