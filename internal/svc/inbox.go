package svc

import (
	"context"
	"slices"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
)

func inboxSender(p parts) (delivery.Sender, error) { return p.inbox, nil }

// lookAtInbox says what is not sent, though it looks sent.
func lookAtInbox(_ context.Context, c config.Config, _ func() time.Time) []Finding {
	const about = "text messages"
	routed := slices.ContainsFunc(c.Delivery.Routes, func(r config.Route) bool {
		return slices.ContainsFunc(r.Hops(), func(h config.Hop) bool { return h.Provider == config.ProviderInbox })
	})
	switch {
	case c.Sms.Provider == config.ProviderInbox && len(c.Delivery.Routes) > 0:
		return []Finding{{about, Doubt, "what no route fits is not sent: Sms.Provider is inbox"}}
	case c.Sms.Provider == config.ProviderInbox:
		return []Finding{{about, Doubt, "none is sent: Sms.Provider is inbox"}}
	case routed:
		return []Finding{{about, Doubt, "a route goes to the inbox: what it fits is not sent"}}
	default:
		return nil // it is e-mail that goes there
	}
}
