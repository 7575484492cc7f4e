package svc

import (
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/gateway"
	"user-api/internal/delivery/smtp"
	"user-api/internal/delivery/twilio"
	"user-api/internal/event"
)

// NewMail returns the sender of a configuration's server; it does not connect.
func NewMail(m config.Smtp, now func() time.Time) (*smtp.Sender, error) {
	return smtp.New(smtp.Options{
		Host: m.Host, Port: m.Port, Username: m.Username, Password: m.Password, From: m.From,
		TLS: m.Tls, Connections: m.Connections, Now: now,
	})
}

// newCourier returns the queue, and who sends what is queued.
func (s *ServiceContext) newCourier(events event.Sink) (*delivery.Courier, error) {
	providers, err := s.providers()
	if err != nil {
		return nil, err
	}
	senders, err := s.senders(providers[s.Config.Sms.Provider])
	if err != nil {
		return nil, err
	}
	texts, err := texts(s.Config)
	if err != nil {
		return nil, err
	}
	return delivery.NewCourier(delivery.Options{
		Redis: s.redis.Client, Challenges: s.Challenges, Routes: s.routes(providers), Senders: senders,
		AppName: s.Config.AppName(), Texts: texts, Concurrency: s.Config.Delivery.Concurrency,
		Events: events, Now: s.Now, Rand: s.Rand,
	})
}

// senders are who sends by each channel where no route says otherwise.
func (s *ServiceContext) senders(phone delivery.Sender) (map[delivery.Channel]delivery.Sender, error) {
	senders := map[delivery.Channel]delivery.Sender{}
	for channel, name := range senderNames(s.Config) {
		switch {
		case channel != delivery.Email:
			senders[channel] = phone
		case name == config.ProviderInbox:
			senders[channel] = s.Inbox
		default:
			var err error
			if s.mail, err = NewMail(s.Config.Email.Smtp, s.Now); err != nil {
				return nil, err
			}
			senders[channel] = s.mail
		}
	}
	return senders, nil
}

// providers are the senders of phone channels by name, as far as any is used.
func (s *ServiceContext) providers() (map[string]delivery.Sender, error) {
	all := map[string]delivery.Sender{config.ProviderInbox: s.Inbox}
	if s.Config.Uses(config.ProviderTwilio) {
		sender, err := NewTwilio(s.Config, s.Receipts)
		if err != nil {
			return nil, err
		}
		all[config.ProviderTwilio] = sender
	}
	if s.Config.Uses(config.ProviderHTTP) {
		sender, err := NewGateway(s.Config.Sms.Http, s.Now)
		if err != nil {
			return nil, err
		}
		all[config.ProviderHTTP] = sender
	}
	return all, nil
}

func (s *ServiceContext) routes(providers map[string]delivery.Sender) []delivery.Route {
	var routes []delivery.Route
	for _, r := range s.Config.Delivery.Routes {
		route := delivery.Route{Channel: delivery.Channel(r.Channel), Countries: r.Countries}
		for _, hop := range r.Hops() {
			route.Via = append(route.Via, delivery.Hop{Sender: providers[hop.Provider], From: hop.From})
		}
		routes = append(routes, route)
	}
	return routes
}

// NewGateway returns the sender of provider http; it does not connect.
func NewGateway(h config.Http, now func() time.Time) (*gateway.Sender, error) {
	return gateway.New(gateway.Options{
		URL: h.Url, Secret: h.Secret, Timeout: h.Timeout.Duration(), Repeatable: h.Repeatable, Now: now,
	})
}

// NewTwilio returns the sender of provider twilio; it does not connect. Without
// receipts nothing is heard of what became of a message.
func NewTwilio(c config.Config, receipts delivery.Receipts) (*twilio.Sender, error) {
	t, whatsApp := c.Sms.Twilio, c.Sms.WhatsApp
	o := twilio.Options{
		AccountSID: t.AccountSid, APIKey: t.ApiKey, APISecret: t.ApiSecret, AuthToken: t.AuthToken,
		From: t.From, MessagingServiceSID: t.MessagingServiceSid, BaseURL: t.BaseUrl,
		WhatsApp: twilio.WhatsApp{
			ContentSID: whatsApp.ContentSid, From: whatsApp.From, MessagingServiceSID: whatsApp.MessagingServiceSid,
		},
		Voice: twilio.Voice{From: c.Sms.Voice.From},
	}
	if t.StatusCallbackUrl != "" && receipts != nil {
		o.CallbackURL, o.Receipts = t.StatusCallbackUrl, receipts
	}
	return twilio.New(o)
}
