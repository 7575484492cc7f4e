package svc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
)

func twilioSender(p parts) (delivery.Sender, error) { return newTwilio(p.config, p.receipts) }

// newTwilio makes the sender; without receipts nothing is heard of what became of a
// message.
func newTwilio(c config.Config, receipts delivery.Receipts) (*twilio.Sender, error) {
	t, whatsApp := c.Sms.Twilio, c.Sms.WhatsApp
	o := twilio.Options{
		AccountSID: t.AccountSid, APIKey: t.ApiKey, APISecret: t.ApiSecret, AuthToken: t.AuthToken,
		From: t.From, MessagingServiceSID: t.MessagingServiceSid, BaseURL: t.BaseUrl,
		WhatsApp: twilio.WhatsApp{
			ContentSID: whatsApp.ContentSid, From: whatsApp.From, MessagingServiceSID: whatsApp.MessagingServiceSid,
		},
		Voice: twilio.Voice{From: c.Sms.Voice.From}, Templates: templatesOf(c, config.ProviderTwilio),
	}
	if t.StatusCallbackUrl != "" && receipts != nil {
		o.CallbackURL, o.Receipts = t.StatusCallbackUrl, receipts
	}
	return twilio.New(o)
}

// twilioCallback takes forms, signed in a header.
func twilioCallback(c config.Config, receipts delivery.Receipts) Callback {
	t := c.Sms.Twilio
	taker := twilio.NewCallback(twilio.CallbackOptions{URL: t.StatusCallbackUrl, AuthToken: t.AuthToken, Receipts: receipts})
	return Callback{Media: mediaForm, take: func(ctx context.Context, query string, body []byte, header func(string) string) (string, error) {
		return "", taker.Take(ctx, query, body, header("X-Twilio-Signature"))
	}}
}

// lookAtTwilio asks about the account, which sends nothing.
func lookAtTwilio(ctx context.Context, c config.Config, _ func() time.Time) []Finding {
	const about = "Twilio"
	sender, err := newTwilio(c, nil)
	if err != nil {
		return nil // said by the check of the start
	}
	var found []Finding
	account, err := sender.Check(ctx)
	switch {
	case errors.Is(err, twilio.ErrUntried):
		found = append(found, Finding{about, Doubt, fmt.Sprintf("%s answers, but does not know the question about its account: the credentials were not tried", c.Sms.Twilio.BaseUrl)})
	case err != nil:
		found = append(found, Finding{about, Fault, err.Error()})
	case account.Trial:
		found = append(found, Finding{about, Doubt, "takes the credentials, but of a trial account: it sends to verified numbers alone"})
	default:
		found = append(found, Finding{about, Fine, "takes the credentials"})
	}
	if c.Sms.Twilio.StatusCallbackUrl != "" {
		found = append(found, Finding{about, Doubt, "whether it reaches Sms.Twilio.StatusCallbackUrl was not tried"})
	}
	return found
}
