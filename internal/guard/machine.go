package guard

import (
	"context"
	"net/netip"
)

// RecallMachine returns the cached refusal of a client whose credentials were refused too
// often, or nil.
func (g *Guard) RecallMachine(id string, from netip.Addr) error {
	return g.Recall(g.forMachine(id, from))
}

// RefuseMachine charges refused credentials to the network they came from: in total, and for
// the client id they name, whether it exists or not. This bounds the load and the audit trail;
// a secret is too long to be guessed.
func (g *Guard) RefuseMachine(ctx context.Context, id string, from netip.Addr) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusedTime)
	defer cancel()
	return g.Spend(ctx, g.forMachine(id, from))
}

// SpendMachine charges a request of a client. own is the client's own limit, or the zero Rate.
func (g *Guard) SpendMachine(ctx context.Context, id string, own Rate) error {
	ctx, cancel := context.WithTimeout(ctx, refusedTime)
	defer cancel()
	limits := g.MachineRequests
	if own.Limit > 0 {
		limits = []Rate{own}
	}
	return g.Spend(ctx, g.single(Machine, id, limits, netip.Addr{}))
}

func (g *Guard) forMachine(id string, from netip.Addr) Plan {
	p := newPlan(from)
	if g.Enabled {
		p.add(bucket{Key: g.spread("machineid", from, Network(from), id), lasting: true}, rate{Class: Machine}.each(g.MachineIDs, fine))
	}
	g.forClient(&p, Machine, g.Machines, from, tag(provider(from)), "machine")
	return p
}
