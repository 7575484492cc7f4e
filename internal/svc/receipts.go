package svc

import (
	"slices"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/receipt"
	"user-api/internal/identity"
)

// channels are those a code can take, by kind of address.
func channels(c config.Config) map[identity.Kind][]string {
	all := map[identity.Kind][]string{}
	for channel := range senderNames(c) {
		kind := identity.KindPhone
		if channel == delivery.Email {
			kind = identity.KindEmail
		}
		all[kind] = append(all[kind], string(channel))
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
}

// senderNames are the providers that send by each channel where no route says
// otherwise.
func senderNames(c config.Config) map[delivery.Channel]string {
	// A notice goes by SMS, whichever channels users may ask for.
	names := map[delivery.Channel]string{delivery.SMS: c.Sms.Provider}
	for _, channel := range c.Sms.PhoneChannels() {
		names[delivery.Channel(channel)] = c.Sms.Provider
	}
	if c.Email.Provider != config.ProviderOff {
		names[delivery.Email] = c.Email.Provider
	}
	return names
}

// arrivals says which provider of each channel gives receipts.
func arrivals(c config.Config) map[delivery.Channel]receipt.Provider {
	providers := map[delivery.Channel]receipt.Provider{}
	for channel, name := range senderNames(c) {
		p := receipt.Provider{Name: name}
		switch name {
		case config.ProviderInbox:
			p.Told = true
		case config.ProviderTwilio:
			p.Told = c.Sms.Twilio.StatusCallbackUrl != ""
		}
		providers[channel] = p
	}
	return providers
}
