package svc

import (
	"slices"

	"user-api/internal/config"
	"user-api/internal/webhook"
	"user-api/model"
)

// Endpoints returns the configured webhook endpoints.
func Endpoints(c config.Config) []webhook.Endpoint {
	var all []webhook.Endpoint
	for _, w := range c.Webhooks {
		keys := [][]byte{config.WebhookKey(w.Secret)}
		if w.PrevSecret != "" {
			keys = append(keys, config.WebhookKey(w.PrevSecret))
		}
		all = append(all, webhook.Endpoint{
			Name: w.Name, URL: w.Url, Keys: keys, Events: slices.Clone(w.Kinds()), Clear: w.Addresses == config.AddressesClear,
			AllowPrivate: w.AllowPrivate, Concurrency: w.Concurrency, Timeout: w.Timeout.Duration(),
		})
	}
	return all
}

// wireWebhooks creates the webhook delivery and adds the outbox to the models' hooks.
// Without endpoints the models write nothing, and only old entries are purged.
func (s *ServiceContext) wireWebhooks(changes *model.Changes) error {
	endpoints := Endpoints(s.Config)
	outbox, err := webhook.NewOutbox(endpoints, s.Now, s.Rand)
	if err != nil {
		return err
	}
	if len(endpoints) > 0 {
		changes.Outbox = outbox
	}
	s.Webhooks = webhook.New(webhook.Options{
		Endpoints: endpoints, Outbox: outbox, Rows: model.NewWebhookModel(s.db.Conn, changes.Clock),
		States: model.NewEndpointModel(s.db.Conn, changes.Clock), Now: s.Now,
	})
	return nil
}
