package otp

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"

	"user-api/internal/address"
	"user-api/internal/base64url"
	"user-api/internal/guard"
)

const (
	idBytes = 18
	// placeBytes is the length of the prefix of an id that carries the address's tag and a
	// check value, masked by a digest of the rest. Only ids with a slot per address have it,
	// so they are longer than any other.
	placeBytes = 3
	// sharedPrefix begins the keys of all addresses if Redis is not spread, and of
	// challenges opened before it was.
	sharedPrefix = "ua:otp:{ua}:"
)

// prefixAt returns the key prefix of the addresses with a tag. All of them are in one slot
// of a cluster.
func prefixAt(tag int) string { return "ua:otp:{" + guard.TagName(tag) + "}:" }

// prefixOf returns the key prefix of an address.
func (c *Challenges) prefixOf(address address.Address) string {
	if !c.Spread {
		return sharedPrefix
	}
	return prefixAt(guard.Tag(address))
}

// prefixesOf returns all prefixes that keys of an address may have: in a cluster, nodes with
// and without Spread may be running at the same time.
func (c *Challenges) prefixesOf(address address.Address) []string {
	if !c.cluster {
		return []string{c.prefixOf(address)}
	}
	return []string{prefixAt(guard.Tag(address)), sharedPrefix}
}

// everyPrefix calls f with the prefix of each slot.
func (c *Challenges) everyPrefix(f func(prefix string)) {
	f(sharedPrefix)
	for tag := range guard.Tags {
		if c.cluster || c.Spread {
			f(prefixAt(tag))
		}
	}
}

// NewID returns the id of a new challenge or notice for an address. If addresses have slots,
// the id leads any node to the slot and discloses nothing about the address.
func (c *Challenges) NewID(address address.Address) (string, error) {
	if !c.Spread {
		return c.newName()
	}
	raw := make([]byte, placeBytes+idBytes)
	if _, err := io.ReadFull(c.Rand, raw[placeBytes:]); err != nil {
		return "", fmt.Errorf("otp: new id: %w", err)
	}
	place := uint32(guard.Tag(address))<<12 ^ mask(c.placeKeys[0].Sum("place", string(raw[placeBytes:])))
	raw[0], raw[1], raw[2] = byte(place>>16), byte(place>>8), byte(place)
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// newName returns a random, unique name.
func (c *Challenges) newName() (string, error) {
	raw := make([]byte, idBytes)
	if _, err := io.ReadFull(c.Rand, raw); err != nil {
		return "", fmt.Errorf("otp: new name: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// prefixOfID returns the key prefix of a challenge, whichever node opened it.
func (c *Challenges) prefixOfID(id string) string {
	if tag, ok := c.tagOfID(id); ok {
		return prefixAt(tag)
	}
	return sharedPrefix
}

// tagOfID decodes the tag in an id. ok reports whether a pepper of this process made the id.
func (c *Challenges) tagOfID(id string) (tag int, ok bool) {
	if !placed(id) {
		return 0, false
	}
	raw, ok := decodeID(id)
	if !ok {
		return 0, false
	}
	for _, key := range c.placeKeys {
		place := mask(raw) ^ mask(key.Sum("place", string(raw[placeBytes:])))
		if place&0xfff == 0 {
			return int(place >> 12), true
		}
	}
	return 0, false
}

// placed reports whether an id has the length of one that carries a tag.
func placed(id string) bool {
	return len(id) == base64.RawURLEncoding.EncodedLen(placeBytes+idBytes)
}

// challengeKey returns the key of a challenge.
func (c *Challenges) challengeKey(id string) string { return c.prefixOfID(id) + "c:" + id }

func mask(sum []byte) uint32 { return binary.BigEndian.Uint32(append([]byte{0}, sum[:placeBytes]...)) }

func decodeID(id string) ([]byte, bool) {
	raw, err := base64url.Strict.DecodeString(id)
	return raw, err == nil && (len(raw) == idBytes || len(raw) == placeBytes+idBytes)
}

func wellFormed(id string) bool {
	_, ok := decodeID(id)
	return ok
}
