package otp

import (
	"fmt"
	"io"

	"user-api/internal/address"
)

// saltBytes is what only the store and the pepper together give: the id, the purpose
// and the address of a challenge are known to who asked for it.
const saltBytes = 16

// secret is what the store holds of a challenge sealed.
type secret struct {
	salt    string
	address address.Address
	// pepper is which one it was sealed under, as Ring.MACs counts them.
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

// open reads what is sealed of a challenge. One of the first release has no salt; it
// lives for minutes yet, and the code that its owner holds is verified by its digest.
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
