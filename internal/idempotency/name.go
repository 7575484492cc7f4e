package idempotency

import (
	"encoding/hex"
	"net/netip"
)

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
