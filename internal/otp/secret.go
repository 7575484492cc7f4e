package otp

import (
	"fmt"
	"io"

	"user-api/internal/address"
)

// saltBytes is the length of the salt. A requester knows the id, purpose and address of a
// challenge; the code also depends on the salt in the store and on the pepper.
const saltBytes = 16

// secret is the part of a challenge that the store holds encrypted.
type secret struct {
	salt    string
	address address.Address
	// pepper is the index, as in Ring.MACs, of the pepper it was sealed under.
	pepper int
}

func (c *Challenges) newSecret(address address.Address) (secret, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(c.Rand, salt); err != nil {
		return secret{}, fmt.Errorf("otp: salt of a challenge: %w", err)
	}
	return secret{salt: string(salt), address: address}, nil
}

func (c *Challenges) seal(id string, s secret) ([]byte, error) {
	return c.Ring.Seal("salted challenge "+id, []byte(s.salt+s.address.Record()))
}

// open decrypts the secret of a challenge. One written by the first release has no salt. It
// expires within minutes, and its code is still verified by its digest.
func (c *Challenges) open(id, sealed string) (s secret, err error) {
	plain, pepper, err := c.Ring.OpenBy("salted challenge "+id, []byte(sealed))
	if err == nil && len(plain) > saltBytes {
		s = secret{salt: string(plain[:saltBytes]), pepper: pepper}
		plain = plain[saltBytes:]
	} else if plain, err = c.Ring.Open("challenge "+id, []byte(sealed)); err != nil {
		return secret{}, fmt.Errorf("otp: address of a challenge: %w", err)
	}
	s.address, err = address.Restore(string(plain))
	return s, err
}
