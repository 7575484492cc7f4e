package svc

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/config"
	"user-api/internal/delivery"
)

// The content types of callbacks.
const (
	mediaForm = "application/x-www-form-urlencoded"
	mediaJSON = "application/json"
)

type (
	// Callbacks take what providers tell of messages, each by its own rules.
	Callbacks struct{ byProvider map[string]Callback }

	// Callback takes the callbacks of one provider. Nothing decodes a request before
	// it: what is signed is the request as it came.
	Callback struct {
		// Media is the content type that the provider posts.
		Media string
		// take fails with apperr.Forbidden where a request does not prove where it
		// comes from, and with apperr.Unavailable. What it returns else is the body
		// of the answer, JSON or nothing.
		take func(ctx context.Context, query string, body []byte, header func(string) string) (answer string, err error)
		// verify answers the question whether the address is ours with what is to be
		// handed back; nil where the provider does not ask. Fails with apperr.Forbidden.
		verify func(query string) (answer string, err error)
	}
)

func newCallbacks(c config.Config, receipts delivery.Receipts) Callbacks {
	all := Callbacks{map[string]Callback{}}
	for name, p := range providers {
		if p.callback != nil {
			all.byProvider[name] = p.callback(c, receipts)
		}
	}
	return all
}

// Of finds the callback of a provider. Fails with apperr.NotFound.
func (all Callbacks) Of(provider string) (Callback, error) {
	callback, ok := all.byProvider[provider]
	if !ok {
		return Callback{}, apperr.New(apperr.NotFound)
	}
	return callback, nil
}

// Media are the content types that are posted, by the provider.
func (all Callbacks) Media() map[string]string {
	media := map[string]string{}
	for name, callback := range all.byProvider {
		media[name] = callback.Media
	}
	return media
}

// Take takes one request, as it came.
func (all Callbacks) Take(ctx context.Context, provider, query string, body []byte, header func(string) string) (answer string, err error) {
	callback, err := all.Of(provider)
	if err != nil {
		return "", err
	}
	return callback.take(ctx, query, body, header)
}

// Verify answers a provider that asks whether the address is ours. Fails with
// apperr.NotFound where it never does, and apperr.Forbidden.
func (all Callbacks) Verify(provider, query string) (answer string, err error) {
	callback, err := all.Of(provider)
	if err != nil {
		return "", err
	}
	if callback.verify == nil {
		return "", apperr.New(apperr.NotFound)
	}
	return callback.verify(query)
}
