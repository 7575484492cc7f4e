package guard

import (
	"context"
	"net/netip"
	"strconv"
	"time"
)

// refusedTime is what a charge takes at most that is no condition of anything.
const refusedTime = 250 * time.Millisecond

// ForLookup is the plan of an id of a message that is not there.
func (g *Guard) ForLookup(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Lookup, g.Lookups, client, func(width string) string { return g.spread("lookup", client, width) })
	return p
}

// ForDemand is the plan of a captcha that is demanded.
func (g *Guard) ForDemand(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Captcha, g.Demands, client, func(width string) string { return g.spread("demand", client, width) })
	return p
}

// ForRename is the plan of a change of name, which says whether the name is taken.
func (g *Guard) ForRename(userID int64, client netip.Addr) Plan {
	return g.single(Rename, strconv.FormatInt(userID, 10), g.Renames, client)
}

// ForAvatar are the plans of a picture that is uploaded, which costs a decoder's time:
// of the user and of the client, which no script counts in one place.
func (g *Guard) ForAvatar(userID int64, client netip.Addr) (user, from Plan) {
	from = newPlan(client)
	g.forClient(&from, Avatar, g.AvatarClient, client, func(width string) string { return g.spread("avatar", client, width) })
	return g.single(Avatar, strconv.FormatInt(userID, 10), g.Avatars, client), from
}

// ForAct is the plan of what a signed-in user does that costs more than most. It is
// of the session, so that a thief's limit is not the owner's.
func (g *Guard) ForAct(sessionID string, client netip.Addr) Plan {
	return g.single(Act, sessionID, g.Acts, client)
}

// RecallRefused refuses every request of a session of which too many were refused.
func (g *Guard) RecallRefused(sessionID string) error { return g.Recall(g.forRefused(sessionID)) }

// ChargeRefused charges a refused request to its session. It is a favour: the
// refusal has been answered.
func (g *Guard) ChargeRefused(ctx context.Context, sessionID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusedTime)
	defer cancel()
	// A refusal is remembered, and refuses the next request; that Redis is down is
	// told by others.
	_ = g.Spend(ctx, g.forRefused(sessionID))
}

func (g *Guard) forRefused(sessionID string) Plan {
	return g.single(Refused, sessionID, g.Refusals, netip.Addr{})
}

// single is the plan of a bucket that is charged alone, and never given back.
func (g *Guard) single(class Class, of string, limits []Rate, client netip.Addr) Plan {
	p := newPlan(client)
	if g.Enabled {
		key := "ua:guard:{" + g.Ring.Pseudonym("guard", string(class), of) + "}:" + string(class)
		p.add(bucket{Key: key, lasting: true}, rate{Class: class}.each(limits, fine))
	}
	return p
}
