package guard

import (
	"context"
	"net/netip"
	"strconv"
	"time"
)

// refusedTime is the timeout of a charge on which nothing depends.
const refusedTime = 250 * time.Millisecond

// ForLookup returns the plan of a request for an unknown message id.
func (g *Guard) ForLookup(client netip.Addr) Plan {
	return g.perClient(Lookup, g.Lookups, client, "lookup")
}

// ForDemand returns the plan of a captcha that is required.
func (g *Guard) ForDemand(client netip.Addr) Plan {
	return g.perClient(Captcha, g.Demands, client, "demand")
}

// ForRename returns the plan of a change of name, which discloses whether the name is taken.
func (g *Guard) ForRename(userID int64, client netip.Addr) Plan {
	return g.single(Rename, strconv.FormatInt(userID, 10), g.Renames, client)
}

// ForAvatar returns the plans of an uploaded picture, which costs decoding time: the user's
// and the client's, which are in different slots.
func (g *Guard) ForAvatar(userID int64, client netip.Addr) (user, from Plan) {
	return g.single(Avatar, strconv.FormatInt(userID, 10), g.Avatars, client), g.perClient(Avatar, g.AvatarClient, client, "avatar")
}

// ForAct returns the plan of an expensive operation of a signed-in user. It belongs to the
// session, so that a thief does not use up the owner's limit.
func (g *Guard) ForAct(sessionID string, client netip.Addr) Plan {
	return g.single(Act, sessionID, g.Acts, client)
}

// RecallRefused returns the cached refusal of a session with too many refused requests, or
// nil.
func (g *Guard) RecallRefused(sessionID string) error { return g.Recall(g.forRefused(sessionID)) }

// ChargeRefused charges a refused request to its session, best effort.
func (g *Guard) ChargeRefused(ctx context.Context, sessionID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusedTime)
	defer cancel()
	// A refusal is cached and refuses the next request. Others report that Redis is down.
	_ = g.Spend(ctx, g.forRefused(sessionID))
}

func (g *Guard) forRefused(sessionID string) Plan {
	return g.single(Refused, sessionID, g.Refusals, netip.Addr{})
}

// single returns the plan of one bucket in a slot of its own, which is never refunded.
func (g *Guard) single(class Class, of string, limits []Rate, client netip.Addr) Plan {
	p := newPlan(client)
	if g.Enabled {
		key := "ua:guard:{" + g.Ring.Pseudonym("guard", string(class), of) + "}:" + string(class)
		p.add(bucket{Key: key, lasting: true}, rate{Class: class}.each(limits, fine))
	}
	return p
}
