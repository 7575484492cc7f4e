package svc

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/alibaba"
)

func alibabaSender(p parts) (delivery.Sender, error) { return newAlibaba(p) }

func newAlibaba(p parts) (*alibaba.Sender, error) {
	a := p.config.Sms.Alibaba
	o := alibaba.Options{
		KeyID: a.AccessKeyId, KeySecret: a.AccessKeySecret, Endpoint: a.Endpoint,
		Templates: templatesOf(p.config, config.ProviderAlibaba), Now: p.now, Rand: p.rand,
	}
	if a.CallbackSecret != "" {
		o.Receipts = p.receipts
	}
	return alibaba.New(o)
}

// alibabaCallback accepts reports authenticated by a secret.
func alibabaCallback(c config.Config, receipts delivery.Receipts) Callback {
	taker := alibaba.NewCallback(c.Sms.Alibaba.CallbackSecret, receipts)
	return Callback{Media: mediaJSON, take: func(ctx context.Context, query string, body []byte, header func(string) string) (string, error) {
		return taker.Take(ctx, query, header("Authorization"), body)
	}}
}

// probeAlibaba queries each template, which also checks the key.
func probeAlibaba(ctx context.Context, c config.Config, now func() time.Time) []Finding {
	const about = "Alibaba Cloud SMS"
	sender, err := newAlibaba(parts{config: c, now: now, rand: rand.Reader})
	if err != nil {
		return nil // the check at the start reports it
	}
	asked := map[string]bool{}
	for _, t := range c.TemplatesOf(config.ProviderAlibaba) {
		if asked[t.Id] {
			continue
		}
		asked[t.Id] = true
		if err := sender.Check(ctx, t.Id); err != nil {
			return []Finding{{about, Fail, fmt.Sprintf("template %s: %v", t.Id, err)}}
		}
	}
	return []Finding{{about, Pass, fmt.Sprintf("accepts the key and has approved %d templates", len(asked))}}
}
