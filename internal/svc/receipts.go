package svc

import (
	"slices"

	"user-api/internal/channel"
	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/receipt"
	"user-api/internal/identity"
)

// channels are those a code can take, by kind of address.
func channels(c config.Config) map[identity.Kind][]string {
	all := map[identity.Kind][]string{}
	for _, ch := range c.DueChannels() {
		kind := identity.KindPhone
		if ch == channel.Email {
			kind = identity.KindEmail
		}
		all[kind] = append(all[kind], ch)
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
}

// arrivals says who is first asked to send by a channel to a country, and whether
// that one gives receipts.
func arrivals(c config.Config) func(ch delivery.Channel, country string) receipt.Provider {
	return func(ch delivery.Channel, country string) receipt.Provider {
		p, _ := c.First(string(ch), country)
		return receipt.Provider{Name: p.Name, Told: p.Tells(c)}
	}
}
