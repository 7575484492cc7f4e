package svc

import (
	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/smtp"
	"user-api/internal/delivery/template"
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
	switch s.Config.Email.Provider {
	case config.ProviderInbox:
		senders[delivery.Email] = s.Inbox
	case config.ProviderSmtp:
		if err := s.wireMail(); err != nil {
			return err
		}
		senders[delivery.Email] = s.mail
	}
	texts, err := s.texts()
	if err != nil {
		return err
	}
	courier, err := delivery.NewCourier(delivery.Options{
		Redis: s.redis.Client, Challenges: s.Challenges, Senders: senders, AppName: s.Config.AppName(), Texts: texts,
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

func (s *ServiceContext) wireMail() (err error) {
	m := s.Config.Email.Smtp
	s.mail, err = smtp.New(smtp.Options{
		Host: m.Host, Port: m.Port, Username: m.Username, Password: m.Password, From: m.From,
		TLS: m.Tls, Connections: m.Connections, Now: s.Now,
	})
	return err
}

// texts reads what messages say, and has it judged with the app's name.
func (s *ServiceContext) texts() (*template.Set, error) {
	texts, err := template.New(template.Options{
		Dir: s.Config.Delivery.Templates, WebOTPDomain: s.Config.Otp.WebOtpDomain, AndroidHash: s.Config.Otp.AndroidHash,
	})
	if err != nil {
		return nil, err
	}
	return texts, texts.Check(s.Config.AppName())
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
