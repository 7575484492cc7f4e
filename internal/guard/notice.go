package guard

import (
	"net/netip"

	"user-api/internal/channel"
	"user-api/internal/identity"
)

// ForNotice is the plan of a notice to an address, and what it costs. A routine
// notice, of what can be done again at will, has half of the address's limit: the
// other half is kept for those of reset passwords and changed addresses, so that
// nobody uses it up before them.
func (g *Guard) ForNotice(to identity.Address, routine bool) (own, money Plan) {
	own, money = newPlan(netip.Addr{}), newPlan(netip.Addr{})
	if !g.Enabled {
		return own, money
	}
	tag := g.AddressTag(to)
	limits := rate{Class: Notices}.each(g.Policy.Notices, fine)
	own.add(bucket{Key: g.keyAt(tag, "notices", to.Counted())}, limits)
	if routine {
		own.add(bucket{Key: g.keyAt(tag, "notices", to.Counted(), "routine")}, rate{Class: Notices}.each(half(g.Policy.Notices), fine))
	}
	if to.Kind() == identity.KindPhone {
		country, price := to.Region(), g.Price(channel.SMS, to.Region())
		money.add(bucket{Key: g.keyAt(tag, "block", to.Block())}, append(idle(g.Block, fine), g.money("block", price, g.BlockBudget)...))
		money.add(bucket{Key: prefix + "country:" + country}, append(idle(g.Country, coarse), g.money(country, price, g.CountryBudget)...))
		money.add(bucket{Key: prefix + "global"}, append(idle(g.Global, coarse), g.money("day", price, g.DayBudget)...))
	}
	return own, money
}

// idle are the limits of messages in a bucket that only money is charged to: a
// notice counts in none of them, and what they hold stays.
func idle(limits []Rate, slots int) []rate {
	rates := rate{}.each(limits, slots)
	for i := range rates {
		rates[i].Amount = 0
	}
	return rates
}

// half is half of each rate, and at least one.
func half(rates []Rate) []Rate {
	halves := make([]Rate, len(rates))
	for i, r := range rates {
		halves[i] = Rate{Limit: max(1, r.Limit/2), Window: r.Window}
	}
	return halves
}
