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
	// Callbacks handles the callbacks of providers, each by its own rules.
	Callbacks struct{ byProvider map[string]Callback }

	// Callback handles the callbacks of one provider. It gets the raw request, because
	// signatures cover the request as received.
	Callback struct {
		// Media is the content type of the provider's requests.
		Media string
		// take handles a request and returns the response body, JSON or empty. It fails
		// with apperr.Forbidden if the request is not authentic, and with
		// apperr.Unavailable.
		take func(ctx context.Context, query string, body []byte, header func(string) string) (answer string, err error)
		// verify answers the provider's challenge that verifies the URL; nil if the
		// provider has none. It fails with apperr.Forbidden.
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

// Of returns the callback of a provider. It fails with apperr.NotFound.
func (all Callbacks) Of(provider string) (Callback, error) {
	callback, ok := all.byProvider[provider]
	if !ok {
		return Callback{}, apperr.New(apperr.NotFound)
	}
	return callback, nil
}

// Media returns the content types of the requests by provider.
func (all Callbacks) Media() map[string]string {
	media := map[string]string{}
	for name, callback := range all.byProvider {
		media[name] = callback.Media
	}
	return media
}

// Take handles one request.
func (all Callbacks) Take(ctx context.Context, provider, query string, body []byte, header func(string) string) (answer string, err error) {
	callback, err := all.Of(provider)
	if err != nil {
		return "", err
	}
	return callback.take(ctx, query, body, header)
}

// Verify answers a provider's challenge that verifies the URL. It fails with
// apperr.Forbidden, and with apperr.NotFound if the provider has none.
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
