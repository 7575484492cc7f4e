package svc

import (
	"context"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/gateway"
)

func gatewaySender(p parts) (delivery.Sender, error) { return newGateway(p.config, p.now) }

func newGateway(c config.Config, now func() time.Time) (*gateway.Sender, error) {
	h := c.Sms.Http
	return gateway.New(gateway.Options{
		URL: h.Url, Secret: h.Secret, Timeout: h.Timeout.Duration(), Repeatable: h.Repeatable, Now: now,
		Templates: templatesOf(c, config.ProviderHTTP),
	})
}

func probeGateway(ctx context.Context, c config.Config, now func() time.Time) []Finding {
	const about = "gateway"
	sender, err := newGateway(c, now)
	if err != nil {
		return nil // the check at the start reports it
	}
	if err := sender.Check(ctx); err != nil {
		return []Finding{{about, Fail, "Sms.Http.Url: " + err.Error()}}
	}
	return []Finding{{about, Warn, "responds; only sending a message would verify the secret, and none was sent"}}
}
