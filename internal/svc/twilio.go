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

// newTwilio creates the sender; without receipts no delivery status is requested.
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

// twilioCallback accepts forms with a signature header.
func twilioCallback(c config.Config, receipts delivery.Receipts) Callback {
	t := c.Sms.Twilio
	taker := twilio.NewCallback(twilio.CallbackOptions{URL: t.StatusCallbackUrl, AuthToken: t.AuthToken, Receipts: receipts})
	return Callback{Media: mediaForm, take: func(ctx context.Context, query string, body []byte, header func(string) string) (string, error) {
		return "", taker.Take(ctx, query, body, header("X-Twilio-Signature"))
	}}
}

// probeTwilio queries the account.
func probeTwilio(ctx context.Context, c config.Config, _ func() time.Time) []Finding {
	const about = "Twilio"
	sender, err := newTwilio(c, nil)
	if err != nil {
		return nil // the check at the start reports it
	}
	var found []Finding
	account, err := sender.Check(ctx)
	switch {
	case errors.Is(err, twilio.ErrUntried):
		found = append(found, Finding{about, Warn, fmt.Sprintf("%s responds but does not support account queries: the credentials were not checked", c.Sms.Twilio.BaseUrl)})
	case err != nil:
		found = append(found, Finding{about, Fail, err.Error()})
	case account.Trial:
		found = append(found, Finding{about, Warn, "accepts the credentials of a trial account, which sends only to verified numbers"})
	default:
		found = append(found, Finding{about, Pass, "accepts the credentials"})
	}
	if c.Sms.Twilio.StatusCallbackUrl != "" {
		found = append(found, Finding{about, Warn, "whether Sms.Twilio.StatusCallbackUrl is reachable was not checked"})
	}
	return found
}
