package guard

import (
	"context"
	"maps"
	"net/netip"
	"slices"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/channel"
	"user-api/internal/redisscript"
)

// ForNotice returns the plan of a notice to an address, and its price. A routine notice, about
// something that can be repeated at will, can use half of the address's limit. The other half
// is reserved for notices of password resets, changed addresses and other proofs.
func (g *Guard) ForNotice(to address.Address, routine bool) (own, money Plan) {
	own, money = newPlan(netip.Addr{}), g.forPrice(to, channel.SMS)
	if !g.Enabled {
		return own, money
	}
	tag := g.AddressTag(to)
	limits := rate{Class: Notices}.each(g.Policy.Notices, fine)
	own.add(bucket{Key: g.keyAt(tag, "notices", to.Counted())}, limits)
	if routine {
		own.add(bucket{Key: g.keyAt(tag, "notices", to.Counted(), "routine")}, rate{Class: Notices}.each(half(g.Policy.Notices), fine))
	}
	return own, money
}

// forPrice returns what a message is charged to the budgets, whoever requested it.
func (g *Guard) forPrice(to address.Address, by string) Plan {
	money := newPlan(netip.Addr{})
	if !g.Enabled || to.Kind() != address.KindPhone {
		return money
	}
	country, price := to.Region(), g.Price(by, to.Region())
	money.add(bucket{Key: g.keyAt(g.AddressTag(to), "block", to.Block())}, append(idle(g.Block, fine), g.money("block", price, g.BlockBudget)...))
	money.add(bucket{Key: prefix + "country:" + country}, append(idle(g.Country, coarse), g.money(country, price, g.CountryBudget)...))
	money.add(bucket{Key: prefix + "global"}, append(idle(g.Global, coarse), g.money("day", price, g.DayBudget)...))
	return money
}

// RefundPrice refunds the budgets for a message that its provider does not bill. The share of
// the requesting network stays used, so that failing messages do not buy more of them. It fails
// with apperr.Unavailable; earlier refunds then stay.
func (g *Guard) RefundPrice(ctx context.Context, to address.Address, by string) error {
	byTag := map[string][]bucket{}
	for _, b := range g.forPrice(to, by).Buckets {
		byTag[tagOf(b.Key)] = append(byTag[tagOf(b.Key)], b)
	}
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		p := newPlan(netip.Addr{})
		p.Buckets = byTag[tag]
		if _, err := redisscript.Run(ctx, g.Redis, refundScript, []string{p.Buckets[0].Key}, p.Encode()); err != nil {
			return apperr.Down(err)
		}
		g.memory.drop(p)
	}
	return nil
}

// idle returns the message limits of a bucket to which only money is charged: a notice counts
// in none of them, and their counts stay.
func idle(limits []Rate, slots int) []rate {
	rates := rate{}.each(limits, slots)
	for i := range rates {
		rates[i].Amount = 0
	}
	return rates
}

// half returns half of each rate, and at least one.
func half(rates []Rate) []Rate {
	halves := make([]Rate, len(rates))
	for i, r := range rates {
		halves[i] = Rate{Limit: max(1, r.Limit/2), Window: r.Window}
	}
	return halves
}
