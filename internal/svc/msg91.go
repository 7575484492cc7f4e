package svc

import (
	"context"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/msg91"
)

func msg91Sender(p parts) (delivery.Sender, error) { return newMsg91(p) }

func newMsg91(p parts) (*msg91.Sender, error) {
	m := p.config.Sms.Msg91
	o := msg91.Options{AuthKey: m.AuthKey, BaseURL: m.BaseUrl, Templates: templatesOf(p.config, config.ProviderMsg91)}
	if m.CallbackSecret != "" {
		o.Receipts = p.receipts
	}
	return msg91.New(o)
}

// msg91Callback accepts forms authenticated by a secret.
func msg91Callback(c config.Config, receipts delivery.Receipts) Callback {
	taker := msg91.NewCallback(c.Sms.Msg91.CallbackSecret, receipts)
	return Callback{Media: mediaForm, take: func(ctx context.Context, query string, body []byte, header func(string) string) (string, error) {
		return "", taker.Take(ctx, query, header("Authorization"), body)
	}}
}

// probeMsg91 queries the balance.
func probeMsg91(ctx context.Context, c config.Config, _ func() time.Time) []Finding {
	const about = "MSG91"
	sender, err := newMsg91(parts{config: c})
	if err != nil {
		return nil // the check at the start reports it
	}
	if err := sender.Check(ctx); err != nil {
		return []Finding{{about, Fail, err.Error()}}
	}
	return []Finding{{about, Warn, "accepts the key; only sending a message would verify the approval of the templates, and none was sent"}}
}
