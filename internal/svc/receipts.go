package svc

import (
	"context"
	"slices"

	"user-api/internal/address"
	"user-api/internal/channel"
	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/blocklist"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/receipt"
	"user-api/internal/event"
	"user-api/internal/keyring"
)

// channels returns the channels of codes by kind of address.
func channels(c config.Config) map[address.Kind][]string {
	all := map[address.Kind][]string{}
	for _, ch := range c.ActiveChannels() {
		kind := address.KindPhone
		if ch == channel.Email {
			kind = address.KindEmail
		}
		all[kind] = append(all[kind], ch)
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
}

// firstProviders returns a function that returns the provider that is tried first for a
// channel and country, and whether it reports delivery status.
func firstProviders(c config.Config) func(ch delivery.Channel, country string) receipt.Provider {
	return func(ch delivery.Channel, country string) receipt.Provider {
		p, _ := c.FirstProvider(string(ch), country)
		return receipt.Provider{Name: p.Name, HasReceipts: p.ReportsStatus(&c)}
	}
}

// wireReceipts creates the handler of delivery receipts and its sources.
func (s *ServiceContext) wireReceipts(ring *keyring.Ring, records event.Sink) {
	s.blocklist = blocklist.New(s.redis.Client, ring)
	s.Receipts = receipt.New(receipt.Options{
		Redis: s.redis.Client, Ring: ring, Challenges: s.Challenges, Blocklist: s.blocklist, Events: records, Now: s.Now,
		Refund: func(ctx context.Context, ch delivery.Channel, to string) error {
			return s.guard.RefundPrice(ctx, event.SentTo(string(ch), to), string(ch))
		},
	})
	s.Inbox = inbox.New(s.redis.Client, ring, s.Receipts, s.Now)
	s.Callbacks = newCallbacks(s.Config, s.Receipts)
}
