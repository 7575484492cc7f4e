package idempotency

import (
	"encoding/hex"
	"net/netip"
	"strings"

	"user-api/internal/apperr"
)

// Header is the request header, and the field in errors about it.
const Header = "Idempotency-Key"

// A key must be long enough to be unguessable and short enough to hash.
const (
	minKey = 16
	maxKey = 128
)

// ParseKey parses the values of the header: exactly one, of 16 to 128 visible ASCII characters.
// Commas are refused, because a proxy may join two values with one. It fails with
// apperr.InvalidRequest.
func ParseKey(lines []string) (string, error) {
	if len(lines) != 1 {
		return "", badKey("The header Idempotency-Key must be given once.")
	}
	key := lines[0]
	if len(key) < minKey || len(key) > maxKey || strings.ContainsFunc(key, isInvalid) {
		return "", badKey("The header Idempotency-Key must have 16 to 128 visible ASCII characters and no comma.")
	}
	return key, nil
}

func isInvalid(c rune) bool { return c <= ' ' || c > '~' || c == ',' }

func badKey(detail string) error {
	return apperr.New(apperr.InvalidRequest).WithField(Header).WithDetail(detail)
}

// name is the Redis key of a request and what belongs to it.
type name struct {
	key, network, client string
	digest               string
}

func (a *Answers) name(r Request) name {
	host, network := cut(r.Client, 32, 64), cut(r.Client, 24, 48)
	// The network is the hash tag, so that a cluster shares the load.
	tag := prefix + "{" + a.ring.Pseudonym("idempotency", "network", network) + "}:"
	return name{
		key:     tag + a.ring.Pseudonym("idempotency", "key", r.Route, host, r.Key),
		network: tag + "n",
		client:  tag + "n:" + a.ring.Pseudonym("idempotency", "client", host),
		digest:  hex.EncodeToString(a.body.Sum(r.Route, string(r.Body))),
	}
}

// context binds a sealed answer to its request.
func (n name) context() string { return "idempotency " + n.key + " " + n.digest }

func cut(client netip.Addr, four, six int) string {
	bits := six
	if client.Is4() {
		bits = four
	}
	if !client.IsValid() {
		return "" // peers without an IP share one counter
	}
	return netip.PrefixFrom(client, bits).Masked().String()
}
