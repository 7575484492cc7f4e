package guard

import "user-api/internal/identity"

// ForNotice is the plan of a notice to an address, and what it costs. A routine
// notice, of what can be done again at will, has half of the address's limit: the
// other half is kept for those of reset passwords and changed addresses, so that
// nobody uses it up before them.
func (g *Guard) ForNotice(to identity.Address, routine bool) (own, money Plan) {
	own, money = newPlan(), newPlan()
	if !g.Enabled {
		return own, money
	}
	key := g.key("notices", to.Canonical())
	own.count(bucket{Key: key, Class: Notices}, g.Policy.Notices, fine)
	if routine {
		own.count(bucket{Key: key + ":routine", Class: Notices}, half(g.Policy.Notices), fine)
	}
	if to.Kind() == identity.KindPhone {
		g.budgets(&money, to.Block(), to.Region())
	}
	return own, money
}

// half is half of each rate, and at least one.
func half(rates []Rate) []Rate {
	halves := make([]Rate, len(rates))
	for i, r := range rates {
		halves[i] = Rate{Limit: max(1, r.Limit/2), Window: r.Window}
	}
	return halves
}
