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

// providers maps each of config.Providers to its implementation. CONTRIBUTING.md describes
// how to add one.
var providers = map[string]provider{
	config.ProviderInbox: {sender: inboxSender, probe: probeInbox, faults: inbox.Rows},
	config.ProviderTwilio: {
		sender: twilioSender, callback: twilioCallback, probe: probeTwilio, faults: twilio.Rows, receiptFaults: twilio.ReceiptRows,
	},
	config.ProviderHTTP: {sender: gatewaySender, probe: probeGateway, faults: gateway.Rows},
	config.ProviderAlibaba: {
		sender: alibabaSender, callback: alibabaCallback, probe: probeAlibaba, faults: alibaba.Rows, receiptFaults: alibaba.ReceiptRows,
	},
	config.ProviderMsg91: {
		sender: msg91Sender, callback: msg91Callback, probe: probeMsg91, faults: msg91.Rows, receiptFaults: msg91.ReceiptRows,
	},
	config.ProviderMeta: {sender: metaSender, callback: metaCallback, probe: probeMeta, faults: meta.Rows},
	config.ProviderSmtp: {sender: smtpSender, faults: smtp.Rows},
}

// The values of Verdict.
const (
	Pass Verdict = "ok"
	Warn Verdict = "warn"
	Fail Verdict = "FAIL"
)

type (
	// provider is the implementation of a message provider.
	provider struct {
		// sender creates the sender without connecting.
		sender func(parts) (delivery.Sender, error)
		// callback creates the handler of the provider's callbacks; nil if it has none.
		// Without its options it refuses every request.
		callback func(config.Config, delivery.Receipts) Callback
		// probe is used by doctor: it queries the provider without sending a message or
		// changing anything. Email has its own check.
		probe func(ctx context.Context, c config.Config, now func() time.Time) []Finding
		// faults returns the rules that classify its errors, and receiptFaults those for
		// its receipts if they differ.
		faults, receiptFaults func() []delivery.Row
	}

	// parts are the dependencies of a provider.
	parts struct {
		config config.Config
		now    func() time.Time
		// rand may be nil while the start is only checked.
		rand io.Reader
		// inbox and receipts are nil while the start is only checked.
		inbox    *inbox.Inbox
		receipts delivery.Receipts
	}

	// FaultTable lists the faults of one provider, for the documentation.
	FaultTable struct {
		Name string
		Rows []delivery.Row
	}

	// Finding is a result of doctor about a provider.
	Finding struct {
		About   string
		Verdict Verdict
		Text    string
	}

	// Verdict is the severity of a Finding.
	Verdict string
)

// newSenders creates the sender of each provider in use, and returns all errors.
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

// ProbeProviders queries the phone providers in use, each within the timeout. It sends no
// message.
func ProbeProviders(ctx context.Context, c config.Config, now func() time.Time, timeout time.Duration) []Finding {
	var all []Finding
	for _, row := range config.Providers() {
		if !row.ServesPhones() || !c.Uses(row.Name) {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, timeout)
		all = append(all, providers[row.Name].probe(ctx, c, now)...)
		cancel()
	}
	return all
}

// FaultTables returns the faults of every provider: of its responses, then of its
// callbacks.
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
