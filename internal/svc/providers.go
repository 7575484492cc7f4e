package svc

import (
	"context"
	"errors"
	"io"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/inbox"
)

// providers say how each of config.Providers is made. Adding one is told in
// docs/contributing.md.
var providers = map[string]provider{
	config.ProviderInbox:   {sender: inboxSender, look: lookAtInbox},
	config.ProviderTwilio:  {sender: twilioSender, callback: twilioCallback, look: lookAtTwilio},
	config.ProviderHTTP:    {sender: gatewaySender, look: lookAtGateway},
	config.ProviderSmtp:    {sender: smtpSender},
	config.ProviderMeta:    {sender: metaSender, callback: metaCallback, look: lookAtMeta},
	config.ProviderMsg91:   {sender: msg91Sender, callback: msg91Callback, look: lookAtMsg91},
	config.ProviderAlibaba: {sender: alibabaSender, callback: alibabaCallback, look: lookAtAlibaba},
}

// The verdicts of a Finding.
const (
	Fine  Verdict = "ok"
	Doubt Verdict = "warn"
	Fault Verdict = "FAIL"
)

type (
	// provider is how a provider is made.
	provider struct {
		// sender makes what sends; it does not connect.
		sender func(parts) (delivery.Sender, error)
		// callback makes what takes the provider's callbacks, nil where it has none.
		// Without its options it refuses everything.
		callback func(config.Config, delivery.Receipts) Callback
		// look is doctor's: it asks the provider what can be asked without a message,
		// and changes nothing. E-mail has a check of its own.
		look func(ctx context.Context, c config.Config, now func() time.Time) []Finding
	}

	// parts are what a provider may be made of.
	parts struct {
		config config.Config
		now    func() time.Time
		// rand may be missing while the start is only tried.
		rand io.Reader
		// inbox and receipts are nil while the start is only tried.
		inbox    *inbox.Inbox
		receipts delivery.Receipts
	}

	// Finding is one thing that doctor has to say of a provider.
	Finding struct {
		About   string
		Verdict Verdict
		Text    string
	}

	// Verdict is how a Finding is to be taken.
	Verdict string
)

// newSenders makes the sender of each provider that is used. The errors of all are
// returned at once.
func newSenders(p parts) (map[string]delivery.Sender, error) {
	senders := map[string]delivery.Sender{}
	var errs []error
	for _, row := range config.Providers() {
		if !p.config.Uses(row.Name) {
			continue
		}
		sender, err := providers[row.Name].sender(p)
		errs = append(errs, err)
		senders[row.Name] = sender
	}
	return senders, errors.Join(errs...)
}

// LookAtProviders asks those that send to phones, as far as they are used, each for
// as long as patience allows. Nothing is sent.
func LookAtProviders(ctx context.Context, c config.Config, now func() time.Time, patience time.Duration) []Finding {
	var all []Finding
	for _, row := range config.Providers() {
		if !row.ServesPhones() || !c.Uses(row.Name) {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		all = append(all, providers[row.Name].look(ctx, c, now)...)
		cancel()
	}
	return all
}
