package svc

import (
	"context"
	"slices"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
)

func inboxSender(p parts) (delivery.Sender, error) { return p.inbox, nil }

// probeInbox warns about messages that are not really sent.
func probeInbox(_ context.Context, c config.Config, _ func() time.Time) []Finding {
	const about = "text messages"
	routed := slices.ContainsFunc(c.Delivery.Routes, func(r config.Route) bool {
		return slices.ContainsFunc(r.Hops(), func(h config.Hop) bool { return h.Provider == config.ProviderInbox })
	})
	switch {
	case c.Sms.Provider == config.ProviderInbox && len(c.Delivery.Routes) > 0:
		return []Finding{{about, Warn, "messages that match no route are not sent: Sms.Provider is inbox"}}
	case c.Sms.Provider == config.ProviderInbox:
		return []Finding{{about, Warn, "none are sent: Sms.Provider is inbox"}}
	case routed:
		return []Finding{{about, Warn, "messages on the route to the inbox are not sent"}}
	default:
		return nil // only email uses it
	}
}
