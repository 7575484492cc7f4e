package guard

import (
	"net/netip"

	"user-api/internal/address"
)

// whole is 100 percent of a limit.
const whole = 100

type (
	// conversion counts networks. If those of a client are in another slot than the counts,
	// each part has either a key or networks.
	conversion struct {
		Key     string `json:"key"`
		Scope   string `json:"scope"`
		Enforce bool   `json:"enforce"`
		Min     int64  `json:"min"`
		Percent int64  `json:"percent"`
		Sent    rate   `json:"sent"`
		Used    rate   `json:"used"`
		Nets    []mark `json:"networks"`
		// Idle is judged but not counted, because the network was counted before.
		Idle bool `json:"idle,omitempty"`
	}

	// mark is a network that is counted once, or a wider one of which at most Most are.
	mark struct {
		Key  string `json:"key"`
		Most int64  `json:"most,omitempty"`
	}
)

// forAddress adds the limits of one number or mailbox. One network can only use a part of
// them, unless the address was proven there, and another part is reserved for known networks.
func (g *Guard) forAddress(p *Plan, limits []Rate, to address.Address, client netip.Addr) {
	rates := rate{Class: Address, Own: true}.each(limits, fine)
	asker := make([]rate, len(rates))
	for i, r := range rates {
		asker[i] = r
		asker[i].Most, asker[i].Limit = r.Limit, ceil(r.Limit, g.Shares.Number)
		rates[i] = g.divided(r, g.Shares.Captcha)
	}
	tag := g.AddressTag(to)
	p.add(bucket{Key: g.keyAt(tag, "address", to.Counted())}, rates)
	if n := g.Shares.Number; n > 0 && n < whole {
		p.add(bucket{Key: g.keyAt(tag, "asker", to.Counted(), Network(client))}, asker)
	}
}

// forAll adds the limits of all messages together. An e-mail has no price, but it shares the
// bucket.
func (g *Guard) forAll(p *Plan, price int64, client netip.Addr) {
	rates := rate{Class: Global, Alert: true}.each(g.Global, coarse)
	for i, r := range rates {
		rates[i] = g.divided(r, g.Shares.Captcha)
	}
	g.overMany(p, prefix+"global", "global", append(rates, g.money("day", price, g.DayBudget)...), client)
}

// forPhone adds the limits of messages that cost money, and of ranges of numbers that one
// attacker may own.
func (g *Guard) forPhone(p *Plan, to address.Address, price int64, client netip.Addr) {
	block, country, tag := to.Block(), to.Region(), g.AddressTag(to)
	for _, l := range []struct {
		key    string
		id     string
		rates  []rate
		scope  string
		budget int64
	}{
		{g.keyAt(tag, "block", block), "block " + block, rate{Class: Block}.each(g.Block, fine), "block", g.BlockBudget},
		{prefix + "country:" + country, "country " + country, rate{Class: Country, Scope: country, Alert: true}.each(g.Country, coarse), country, g.CountryBudget},
	} {
		for i, r := range l.rates {
			l.rates[i] = g.divided(r, g.Shares.Captcha)
		}
		g.overMany(p, l.key, l.id, append(l.rates, g.money(l.scope, price, l.budget)...), client)
	}
	g.convert(p, g.keyAt(tag, "conversion", block), tag, "block "+block, "block", client)
	g.convert(p, prefix+"conversion:country:"+country, g.clientTag(client), "country "+country, country, client)
}

// money returns the rate of a budget, if there is one.
func (g *Guard) money(scope string, price, budget int64) []rate {
	if budget == 0 {
		return nil
	}
	r := rate{Class: Budget, Scope: scope, Series: "m", Amount: price, Alert: true}.over(Rate{budget, day}, coarse)
	return []rate{g.divided(r, g.Soft)}
}

// divided reserves a part of a limit for known networks, and one for solved captchas. Parts
// are rounded so that a small limit stays usable.
func (g *Guard) divided(r rate, soft int64) rate {
	r.Most = r.Limit
	r.Limit -= r.Limit * g.Shares.Known / 100
	if soft > 0 {
		r.Soft = min(r.Limit, max(r.Amount, r.Most*soft/100))
	}
	return r
}

// overMany adds a shared limit, named id, and for each network of the client its share of it,
// so that nobody can use up the whole.
func (g *Guard) overMany(p *Plan, key, id string, rates []rate, client netip.Addr) {
	p.add(bucket{Key: key}, rates)
	for _, w := range g.sharers(client) {
		if w.n <= 0 || w.n >= whole {
			continue
		}
		part := make([]rate, len(rates))
		for i, r := range rates {
			part[i] = r
			part[i].Alert, part[i].Slots = false, coarse
			part[i].Size = (r.Size*int64(r.Slots) + coarse - 1) / coarse
			part[i].Limit = max(r.Amount, ceil(r.Most, w.n))
			if r.Soft > 0 {
				part[i].Soft = max(r.Amount, min(part[i].Limit, ceil(r.Soft, w.n)))
			}
		}
		p.add(bucket{Key: g.keyAt(g.clientTag(client), "share", id, w.prefix)}, part)
	}
}

// convert adds the conversion of a scope, which is counted in key. tag is the hash tag of its
// networks.
func (g *Guard) convert(p *Plan, key, tag, id, scope string, client netip.Addr) {
	c := g.Policy.Conversion
	if c.Mode == Off {
		return
	}
	window := Rate{Window: c.Window}
	nets := []mark{{Key: g.keyAt(tag, "asked", id, Network(client))}}
	if client.Is6() {
		nets = append(nets, mark{g.keyAt(tag, "asked", id, provider(client)), c.perProvider()})
	}
	all := conversion{
		Key: key, Scope: scope, Enforce: c.Mode == Enforce, Min: c.MinSent, Percent: c.MinPercent, Nets: nets,
		Sent: rate{Series: "ns", Amount: 1}.over(window, coarse), Used: rate{Series: "nu", Amount: 1}.over(window, coarse),
	}
	if tagOf(key) == tag {
		p.Conversion = append(p.Conversion, all)
		return
	}
	ofClient := all
	ofClient.Key, all.Nets = "", []mark{}
	p.Conversion = append(p.Conversion, ofClient, all)
}

// perProvider returns how many networks of one /32 of IPv6 count. It is so low that even those
// of two windows do not reach MinSent.
func (c Converting) perProvider() int64 { return max(1, (c.MinSent-1)/2) }

// ceil returns a percentage, rounded up.
func ceil(n, percent int64) int64 { return (n*percent + whole - 1) / whole }
