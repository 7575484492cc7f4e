package svc

import (
	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/gateway"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/twilio"
	"user-api/internal/keyring"
)

// wireDelivery gives each channel its sender, and sign-in its queue.
func (s *ServiceContext) wireDelivery(ring *keyring.Ring) error {
	s.Inbox = inbox.New(s.redis.Client, ring, s.Now)
	providers, err := s.providers()
	if err != nil {
		return err
	}
	// A notice goes by SMS whatever a user may ask for.
	phone := providers[s.Config.Sms.Provider]
	senders := map[delivery.Channel]delivery.Sender{delivery.SMS: phone}
	for _, channel := range s.Config.Sms.PhoneChannels() {
		senders[delivery.Channel(channel)] = phone
	}
	if s.Config.Email.Provider == config.ProviderInbox {
		senders[delivery.Email] = s.Inbox
	}
	courier, err := delivery.NewCourier(delivery.Options{
		Redis: s.redis.Client, Challenges: s.Challenges, Routes: s.routes(providers), Senders: senders, AppName: s.Config.Name,
		Concurrency: s.Config.Delivery.Concurrency, Now: s.Now, Rand: s.Rand,
	})
	if err != nil {
		return err
	}
	s.courier = courier
	s.Signin.Challenges = s.Challenges
	s.Signin.Queue = courier
	return nil
}

// providers are the senders of phone channels by name, as far as any is used.
func (s *ServiceContext) providers() (map[string]delivery.Sender, error) {
	all := map[string]delivery.Sender{config.ProviderInbox: s.Inbox}
	if s.Config.Uses(config.ProviderTwilio) {
		sender, err := s.twilio()
		if err != nil {
			return nil, err
		}
		all[config.ProviderTwilio] = sender
	}
	if s.Config.Uses(config.ProviderHTTP) {
		h := s.Config.Sms.Http
		sender, err := gateway.New(gateway.Options{
			URL: h.Url, Secret: h.Secret, Timeout: h.Timeout.Duration(), Repeatable: h.Repeatable, Now: s.Now,
		})
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

func (s *ServiceContext) twilio() (*twilio.Sender, error) {
	t, whatsApp := s.Config.Sms.Twilio, s.Config.Sms.WhatsApp
	return twilio.New(twilio.Options{
		AccountSID: t.AccountSid, APIKey: t.ApiKey, APISecret: t.ApiSecret, AuthToken: t.AuthToken,
		From: t.From, MessagingServiceSID: t.MessagingServiceSid, BaseURL: t.BaseUrl,
		WhatsApp: twilio.WhatsApp{
			ContentSID: whatsApp.ContentSid, From: whatsApp.From, MessagingServiceSID: whatsApp.MessagingServiceSid,
		},
		Voice: twilio.Voice{From: s.Config.Sms.Voice.From},
	})
}
