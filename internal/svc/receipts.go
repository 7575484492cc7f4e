package svc

import (
	"maps"
	"slices"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/receipt"
	"user-api/internal/delivery/twilio"
	"user-api/internal/identity"
	"user-api/internal/keyring"
)

// usualArrival is what a message takes as long as no receipt has told.
const usualArrival = 4 * time.Second

// told is a sender that may give receipts.
type told interface{ Told() bool }

// wireReceipts makes what takes receipts; the senders are given it.
func (s *ServiceContext) wireReceipts(ring *keyring.Ring) {
	s.Receipts = receipt.New(receipt.Options{
		Redis: s.redis.Client, Ring: ring, Challenges: s.Challenges, Observe: s.observeReceipt,
		Now: s.Now, Rand: s.Rand,
	})
	s.Inbox.Receipts = s.Receipts
	t := s.Config.Sms.Twilio
	s.TwilioStatus = twilio.NewCallback(twilio.CallbackOptions{
		URL: t.StatusCallbackUrl, AuthToken: t.AuthToken, Receipts: s.Receipts,
	})
}

// tellSenders lets the receipts and the challenges know who sends what.
func (s *ServiceContext) tellSenders(senders map[delivery.Channel]delivery.Sender) {
	providers := map[delivery.Channel]receipt.Provider{}
	channels := map[identity.Kind][]string{}
	for _, channel := range slices.Sorted(maps.Keys(senders)) {
		sender := senders[channel]
		p := receipt.Provider{Name: sender.Name(), Usual: usualArrival}
		if t, ok := sender.(told); ok {
			p.Told = t.Told()
		}
		if sender == delivery.Sender(s.Inbox) {
			p.Usual = inbox.DeliveredAfter
		}
		providers[channel] = p
		kind := identity.KindPhone
		if channel == delivery.Email {
			kind = identity.KindEmail
		}
		channels[kind] = append(channels[kind], string(channel))
	}
	s.Receipts.Providers = providers
	s.Challenges.Channels, s.Challenges.Outlook = channels, s.Receipts
}
