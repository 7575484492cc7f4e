package svc

import (
	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/twilio"
	"user-api/internal/keyring"
)

// wireDelivery gives each channel its sender, and sign-in its queue.
func (s *ServiceContext) wireDelivery(ring *keyring.Ring) error {
	s.Inbox = inbox.New(s.redis.Client, ring, s.Now)
	s.wireReceipts(ring)
	senders := map[delivery.Channel]delivery.Sender{}
	switch s.Config.Sms.Provider {
	case config.ProviderTwilio:
		sender, err := s.twilio()
		if err != nil {
			return err
		}
		senders[delivery.SMS] = sender
	default:
		senders[delivery.SMS] = s.Inbox
	}
	if s.Config.Email.Provider == config.ProviderInbox {
		senders[delivery.Email] = s.Inbox
	}
	courier, err := delivery.NewCourier(delivery.Options{
		Redis: s.redis.Client, Challenges: s.Challenges, Senders: senders, AppName: s.Config.Name,
		Now: s.Now, Rand: s.Rand, Observe: s.observe,
	})
	if err != nil {
		return err
	}
	s.courier = courier
	s.tellSenders(senders)
	s.Signin.Challenges = s.Challenges
	s.Signin.Queue = courier
	return nil
}

func (s *ServiceContext) twilio() (delivery.Sender, error) {
	t := s.Config.Sms.Twilio
	o := twilio.Options{
		AccountSID: t.AccountSid, APIKey: t.ApiKey, APISecret: t.ApiSecret, AuthToken: t.AuthToken,
		From: t.From, MessagingServiceSID: t.MessagingServiceSid, BaseURL: t.BaseUrl,
	}
	if t.StatusCallbackUrl != "" {
		o.CallbackURL, o.Receipts = t.StatusCallbackUrl, s.Receipts
	}
	return twilio.New(o)
}
