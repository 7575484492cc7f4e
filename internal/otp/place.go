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
	// placeBytes begin the id of a challenge that has a slot by its address: the
	// address's tag and a check, masked by a digest of the rest. Such an id is longer
	// than any other.
	placeBytes = 3
	// sharedPrefix begins the keys of the challenges and counts of all addresses where
	// Redis is not spread, and of those that were opened before it was.
	sharedPrefix = "ua:otp:{ua}:"
)

// prefixAt begins the keys of the challenges and counts of the addresses of one tag,
// all of which are in one slot of a cluster.
func prefixAt(tag int) string { return "ua:otp:{" + guard.TagName(tag) + "}:" }

// prefixOf begins the keys of an address.
func (c *Challenges) prefixOf(address address.Address) string {
	if !c.Spread {
		return sharedPrefix
	}
	return prefixAt(guard.Tag(address))
}

// prefixesOf are all that keys of an address may begin with: in a cluster there may be
// some of before it was spread, and of nodes that spread already.
func (c *Challenges) prefixesOf(address address.Address) []string {
	if !c.cluster {
		return []string{c.prefixOf(address)}
	}
	return []string{prefixAt(guard.Tag(address)), sharedPrefix}
}

// everyPrefix calls f with the prefix of every slot.
func (c *Challenges) everyPrefix(f func(prefix string)) {
	f(sharedPrefix)
	for tag := range guard.Tags {
		if c.cluster || c.Spread {
			f(prefixAt(tag))
		}
	}
}

// newID returns the id of a new challenge or notice of an address. Where that has a slot
// of its own, the id leads any node there, and tells nobody else anything of the address.
func (c *Challenges) newID(address address.Address) (string, error) {
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

// newName returns a text that nothing else is named by.
func (c *Challenges) newName() (string, error) {
	raw := make([]byte, idBytes)
	if _, err := io.ReadFull(c.Rand, raw); err != nil {
		return "", fmt.Errorf("otp: new name: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// prefixOfID begins the keys of a challenge, whichever node has opened it.
func (c *Challenges) prefixOfID(id string) string {
	if tag, ok := c.tagOfID(id); ok {
		return prefixAt(tag)
	}
	return sharedPrefix
}

// tagOfID reads the tag of an id. It is ok where a pepper of this process made the id.
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

// placed reports whether an id has the length of those that lead to a slot.
func placed(id string) bool {
	return len(id) == base64.RawURLEncoding.EncodedLen(placeBytes+idBytes)
}

// challengeKey is the key of a challenge.
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
