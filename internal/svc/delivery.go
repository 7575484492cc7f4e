package svc

import (
	"fmt"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/smtp"
	"user-api/internal/event"
)

// NewMail returns the sender for the configured mail server. It does not connect.
func NewMail(e config.Email, now func() time.Time) (*smtp.Sender, error) {
	m := e.Smtp
	o := smtp.Options{
		Host: m.Host, Port: m.Port, Username: m.Username, Password: m.Password, From: m.From,
		TLS: m.Tls, Hello: m.Hello, Connections: m.Connections, Timeout: m.Timeout.Duration(), Now: now,
	}
	if e.Dkim.Signs() {
		key, err := e.Dkim.PrivateKey()
		if err != nil {
			return nil, fmt.Errorf("config: Email.Dkim.Key must %w", err)
		}
		o.DKIM = &smtp.DKIM{Domain: e.Dkim.Domain, Selector: e.Dkim.Selector, Key: key}
	}
	return smtp.New(o)
}

func smtpSender(p parts) (delivery.Sender, error) { return NewMail(p.config.Email, p.now) }

// newCourier returns the queue with its senders.
func (s *ServiceContext) newCourier(events event.Sink) (*delivery.Courier, error) {
	var err error
	s.senders, err = newSenders(parts{config: s.Config, now: s.Now, rand: s.Rand, inbox: s.Inbox, receipts: s.Receipts})
	if err != nil {
		return nil, err
	}
	senders := s.traceSenders(s.senders)
	texts, err := texts(s.Config)
	if err != nil {
		return nil, err
	}
	return delivery.NewCourier(delivery.Options{
		Redis: s.redis.Client, Challenges: s.Challenges, Routes: routes(s.Config, senders), Senders: defaultSenders(s.Config, senders),
		AppName: s.Config.AppName(), Texts: texts, Concurrency: s.Config.Delivery.Concurrency,
		LocaleOf: s.Accounts.ChosenLocale, Blocklist: s.blocklist, Events: events, Now: s.Now, Rand: s.Rand,
	})
}

// defaultSenders returns the sender of each channel for messages that match no route.
func defaultSenders(c config.Config, senders map[string]delivery.Sender) map[delivery.Channel]delivery.Sender {
	all := map[delivery.Channel]delivery.Sender{}
	for _, ch := range c.ActiveChannels() {
		if sender, ok := senders[c.DefaultProvider(ch)]; ok {
			all[delivery.Channel(ch)] = sender
		}
	}
	return all
}

func routes(c config.Config, senders map[string]delivery.Sender) []delivery.Route {
	var routes []delivery.Route
	for _, r := range c.Delivery.Routes {
		route := delivery.Route{Channel: delivery.Channel(r.Channel), Countries: r.Countries}
		for _, hop := range r.Hops() {
			route.Via = append(route.Via, delivery.Hop{Sender: senders[hop.Provider], From: hop.From})
		}
		routes = append(routes, route)
	}
	return routes
}

// closeSenders closes the senders' connections.
func (s *ServiceContext) closeSenders() {
	for _, sender := range s.senders {
		if keeps, ok := sender.(interface{ Close() }); ok {
			keeps.Close()
		}
	}
}
