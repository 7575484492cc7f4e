package svc

import (
	"context"
	"errors"
	"io"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/alibaba"
	"user-api/internal/delivery/gateway"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/meta"
	"user-api/internal/delivery/msg91"
	"user-api/internal/delivery/smtp"
	"user-api/internal/delivery/twilio"
)

// providers say how each of config.Providers is made. Adding one is told in
// CONTRIBUTING.md.
var providers = map[string]provider{
	config.ProviderInbox: {sender: inboxSender, look: lookAtInbox, faults: inbox.Rows},
	config.ProviderTwilio: {
		sender: twilioSender, callback: twilioCallback, look: lookAtTwilio, faults: twilio.Rows, receiptFaults: twilio.ReceiptRows,
	},
	config.ProviderHTTP: {sender: gatewaySender, look: lookAtGateway, faults: gateway.Rows},
	config.ProviderAlibaba: {
		sender: alibabaSender, callback: alibabaCallback, look: lookAtAlibaba, faults: alibaba.Rows, receiptFaults: alibaba.ReceiptRows,
	},
	config.ProviderMsg91: {
		sender: msg91Sender, callback: msg91Callback, look: lookAtMsg91, faults: msg91.Rows, receiptFaults: msg91.ReceiptRows,
	},
	config.ProviderMeta: {sender: metaSender, callback: metaCallback, look: lookAtMeta, faults: meta.Rows},
	config.ProviderSmtp: {sender: smtpSender, faults: smtp.Rows},
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
		// faults are the rules by which its refusals are judged, and receiptFaults those
		// of its receipts where they are others.
		faults, receiptFaults func() []delivery.Row
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

	// FaultTable is the faults of one provider, for the documents.
	FaultTable struct {
		Name string
		Rows []delivery.Row
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

// FaultTables are the faults of every provider: of its answers, then of its callbacks.
func FaultTables() []FaultTable {
	var tables []FaultTable
	for _, row := range config.Providers() {
		p := providers[row.Name]
		if p.faults != nil {
			tables = append(tables, FaultTable{row.Name, p.faults()})
		}
		if p.receiptFaults != nil {
			tables = append(tables, FaultTable{row.Name + ", in a callback", p.receiptFaults()})
		}
	}
	return tables
}
