package svc

import (
	"context"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/meta"
)

func metaSender(p parts) (delivery.Sender, error) { return newMeta(p) }

func newMeta(p parts) (*meta.Sender, error) {
	m := p.config.Sms.Meta
	o := meta.Options{
		PhoneNumberID: m.PhoneNumberId, Token: m.Token, BaseURL: m.BaseUrl, Templates: templatesOf(p.config, config.ProviderMeta),
	}
	if m.AppSecret != "" {
		o.Receipts = p.receipts
	}
	return meta.New(o)
}

// metaCallback accepts webhooks with a signature header, and the handshake.
func metaCallback(c config.Config, receipts delivery.Receipts) Callback {
	m := c.Sms.Meta
	taker := meta.NewCallback(meta.CallbackOptions{AppSecret: m.AppSecret, VerifyToken: m.VerifyToken, Receipts: receipts})
	return Callback{Media: mediaJSON, verify: taker.Verify, take: func(ctx context.Context, _ string, body []byte, header func(string) string) (string, error) {
		return "", taker.Take(ctx, body, header("X-Hub-Signature-256"))
	}}
}

// probeMeta queries the phone number.
func probeMeta(ctx context.Context, c config.Config, _ func() time.Time) []Finding {
	const about = "WhatsApp"
	sender, err := newMeta(parts{config: c})
	if err != nil {
		return nil // the check at the start reports it
	}
	if err := sender.Check(ctx); err != nil {
		return []Finding{{about, Fail, "Meta: " + err.Error()}}
	}
	return []Finding{{about, Warn, "Meta knows the number and accepts the token; only sending a message would verify the approval of the templates, and none was sent"}}
}
