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
	// sharedTag is the hash tag of what all or very many share, and of everything that
	// a send is charged to where Redis is not spread.
	sharedTag = "ua"
	// Tags is how many tags addresses are spread over.
	Tags = 4096
)

// Tag is the number of an address's tag: one for all numbers of a block, whose limits
// are in the same slot, and the same whatever the secrets are, so that both names of an
// address are.
func Tag(address address.Address) int {
	of := address.Counted()
	if block := address.Block(); block != "" {
		of = block
	}
	sum := sha256.Sum256([]byte(of))
	return int(binary.BigEndian.Uint16(sum[:]) >> 4)
}

// TagName is a tag of addresses as keys have it.
func TagName(tag int) string { return fmt.Sprintf("a%03x", tag) }

// AddressTag is the hash tag of what is charged to an address.
func (g *Guard) AddressTag(address address.Address) string {
	if !g.Spread {
		return sharedTag
	}
	return TagName(Tag(address))
}

// clientTag is the hash tag of what sends and answers are charged to of a client.
func (g *Guard) clientTag(client netip.Addr) string {
	if !g.Spread {
		return sharedTag
	}
	return tag(provider(client))
}

// userTag is the hash tag of what a user's sends are charged to.
func (g *Guard) userTag(id string) string {
	if !g.Spread {
		return sharedTag
	}
	return tag("user " + id)
}

// tag is one of 4096, the same whatever the secrets are: both names of a bucket are
// in one slot. It says less of a network than the audit trail, which has it.
func tag(network string) string {
	sum := sha256.Sum256([]byte(network))
	return hex.EncodeToString(sum[:2])[:3]
}
