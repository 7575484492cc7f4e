package guard

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"

	"user-api/internal/address"
)

const (
	// sharedTag is the hash tag of what all or very many requests share, and of everything a
	// send is charged to if Redis is not spread.
	sharedTag = "ua"
	// Tags is the number of tags of addresses.
	Tags = 4096
)

// Tag returns the number of an address's tag. All numbers of a block share it, because the
// block's limits are in the same slot. It does not depend on secrets, so both names of an
// address have it.
func Tag(address address.Address) int {
	of := address.Counted()
	if block := address.Block(); block != "" {
		of = block
	}
	sum := sha256.Sum256([]byte(of))
	return int(binary.BigEndian.Uint16(sum[:]) >> 4)
}

// TagName returns the tag as it occurs in keys.
func TagName(tag int) string { return fmt.Sprintf("a%03x", tag) }

// AddressTag returns the hash tag of an address's charges.
func (g *Guard) AddressTag(address address.Address) string {
	if !g.Spread {
		return sharedTag
	}
	return TagName(Tag(address))
}

// clientTag returns the hash tag of a client's charges for sends and answers.
func (g *Guard) clientTag(client netip.Addr) string {
	if !g.Spread {
		return sharedTag
	}
	return tag(provider(client))
}

// userTag returns the hash tag of a user's charges for sends.
func (g *Guard) userTag(id string) string {
	if !g.Spread {
		return sharedTag
	}
	return tag("user " + id)
}

// tag returns one of 4096 tags. It does not depend on secrets, so both names of a bucket are
// in one slot. It discloses less about a network than the audit trail does.
func tag(network string) string {
	sum := sha256.Sum256([]byte(network))
	return hex.EncodeToString(sum[:2])[:3]
}
