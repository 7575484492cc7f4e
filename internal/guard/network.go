package guard

import "net/netip"

// width is a network that contains the client, with a multiple or a share.
type width struct {
	prefix string
	n      int64
}

// Network returns the part of a client's address that does not change from day to day: IPv4
// /24, IPv6 /48.
func Network(client netip.Addr) string { return cut(client, 24, 48) }

// provider returns the widest network in which a client is counted: IPv4 /24, IPv6 /32.
func provider(client netip.Addr) string { return cut(client, 24, 32) }

// forClient adds a limit of a client, and of the networks that contain it. One home has an
// IPv4 address or a /56. Wider networks have a multiple of the limit, so that one home does
// not use up its neighbours' share.
func (g *Guard) forClient(p *Plan, class Class, limits []Rate, client netip.Addr, tag, name string) {
	if !g.Enabled {
		return
	}
	slots := fine
	for _, w := range g.widths(client) {
		if w.n == 0 {
			continue
		}
		rates := rate{Class: class}.each(limits, slots)
		for i := range rates {
			rates[i].Limit *= w.n
		}
		p.add(bucket{Key: g.keyAt(tag, name, w.prefix), lasting: true}, rates)
		slots = coarse
	}
}

// perClient returns the plan of a limit of a client that has nothing to do with a challenge.
func (g *Guard) perClient(class Class, limits []Rate, client netip.Addr, name string) Plan {
	p := newPlan(client)
	g.forClient(&p, class, limits, client, tag(provider(client)), name)
	return p
}

// refundable marks the buckets of p as ones whose charge may be refunded.
func (p Plan) refundable() Plan {
	for i := range p.Buckets {
		p.Buckets[i].lasting = false
	}
	return p
}

// widths returns the client and the networks that contain it, with the multiple of each.
func (g *Guard) widths(client netip.Addr) []width {
	n := g.Networks
	if client.Is4() {
		return []width{{cut(client, 32, 0), 1}, {cut(client, 24, 0), n.Net24}}
	}
	list := []width{{cut(client, 0, 64), 1}}
	if client.IsValid() {
		list = append(list, width{cut(client, 0, 56), n.Net56}, width{cut(client, 0, 48), n.Net48}, width{cut(client, 0, 32), n.Net32})
	}
	return list
}

// sharers returns the networks of a client that have a share each, in percent. Peers without
// an IP count as one client without a share, because it would be everybody's.
func (g *Guard) sharers(client netip.Addr) []width {
	var list []width
	if client.IsValid() {
		list = append(list, width{Network(client), g.Shares.Network})
	}
	if client.Is6() {
		list = append(list, width{provider(client), g.Shares.Provider})
	}
	return list
}

func cut(client netip.Addr, four, six int) string {
	bits := six
	if client.Is4() {
		bits = four
	}
	if !client.IsValid() {
		return "" // a peer without an IP; all of them count as one
	}
	return netip.PrefixFrom(client, bits).Masked().String()
}
