package config

import (
	"slices"

	"user-api/internal/channel"
)

// The providers that are no service of somebody else's: what is kept in the process,
// and, for e-mail, a mail server and nobody.
const (
	ProviderInbox = "inbox"
	ProviderOff   = "off"
	ProviderSmtp  = "smtp"
)

// providers are all there are; package svc says how each is made. Adding one is
// told in CONTRIBUTING.md.
var providers = []Provider{
	{Name: ProviderInbox, Channels: channel.All(), DevOnly: true, told: func(Config) bool { return true }},
	twilio,
	gateway,
	alibaba,
	msg91,
	meta,
	{Name: ProviderSmtp, Channels: []string{channel.Email}}, // Email.check looks at its options, used or not
}

type (
	// Sms is about messages to phones.
	Sms struct {
		// Provider sends what no route takes: inbox (kept in the process, nothing is
		// sent) or another provider of phone channels.
		Provider string `json:",default=inbox"`
		// Channels are those that may be asked for: sms, whatsapp, voice; empty
		// means sms.
		Channels []string `json:",optional"`
		// DefaultRegion is the ISO 3166 country of numbers written nationally.
		DefaultRegion string `json:",default=IN"`
		// AllowedRegions are the countries that codes are sent to, RegionNone among
		// them if meant; empty means all countries.
		AllowedRegions []string `json:",optional"`
		// AllowVoip says whether codes are sent to numbers of VoIP services.
		AllowVoip bool `json:",default=true"`
		Twilio    Twilio
		WhatsApp  WhatsApp
		Voice     Voice
		Http      Http
		Alibaba   Alibaba
		Msg91     Msg91
		Meta      Meta
	}

	// Provider is what a provider of messages may be.
	Provider struct {
		// Name is its word in Sms.Provider, Email.Provider, routes, metrics and
		// records.
		Name string
		// Channels are those it sends by.
		Channels []string
		// DevOnly says that nothing is sent by it, so that pro refuses it.
		DevOnly bool

		// from completes "must ..." for what stands behind a route's colon; empty
		// where that is right. Without it nothing may stand there.
		from func(channel, from string) (rule string)
		// check judges the provider's options, for the use there is of it.
		check func(c Config, k *checker, u use)
		// told reports whether it tells what became of messages.
		told func(c Config) bool
		// registers reports whether it sends by the channel nothing but registered
		// templates, nil never; and template what one of them lacks, by key.
		registers func(c Config, channel string) bool
		// home is the country of the business to WhatsApp, if it says so; nil never.
		home     func(c Config) string
		template func(t Template) Problems
	}

	// use is by which channels messages go through a provider, and whether any of
	// them without a sender of the route's own.
	use map[string]bool
)

// Providers lists what there is.
func Providers() []Provider { return slices.Clone(providers) }

// Serves reports whether the provider sends by the channel.
func (p Provider) Serves(channel string) bool { return slices.Contains(p.Channels, channel) }

// ServesPhones reports whether the provider sends by any channel of a phone.
func (p Provider) ServesPhones() bool { return slices.ContainsFunc(p.Channels, channel.IsPhone) }

// Tells reports whether the provider tells, as it is configured, what became of
// messages.
func (p Provider) Tells(c Config) bool { return p.told != nil && p.told(c) }

// Registers reports whether the provider sends by the channel nothing but registered
// templates.
func (p Provider) Registers(c Config, channel string) bool {
	return p.registers != nil && p.registers(c, channel)
}

// providerOf finds a provider by its name.
func providerOf(name string) (Provider, bool) {
	i := slices.IndexFunc(providers, func(p Provider) bool { return p.Name == name })
	if i < 0 {
		return Provider{}, false
	}
	return providers[i], true
}

// namesOf lists the providers that keep to a rule.
func namesOf(keep func(Provider) bool) []string {
	var names []string
	for _, p := range providers {
		if keep(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

// DueChannels are those that messages may go by. A text message is always due: a
// notice goes by it.
func (c Config) DueChannels() []string {
	due := []string{channel.SMS}
	for _, ch := range c.Sms.PhoneChannels() {
		if !slices.Contains(due, ch) {
			due = append(due, ch)
		}
	}
	if c.Email.Provider != ProviderOff {
		due = append(due, channel.Email)
	}
	return due
}

// Otherwise names who sends by a channel where no route says so; empty where the
// routes take every message.
func (c Config) Otherwise(ch string) string {
	if ch == channel.Email {
		return c.Email.Provider
	}
	if slices.ContainsFunc(c.Delivery.Routes, func(r Route) bool { return r.Channel == ch && len(r.Countries) == 0 }) {
		return ""
	}
	return c.Sms.Provider
}

// First finds the provider that is first asked to send by a channel to a country.
func (c Config) First(ch, country string) (Provider, bool) {
	way := c.Way(ch, country)
	if len(way) == 0 {
		return Provider{}, false
	}
	return providerOf(way[0].Provider)
}

// Way is by whom a message by a channel to a country goes, in the order in which they
// are asked.
func (c Config) Way(ch, country string) []Hop {
	for _, r := range c.Delivery.Routes {
		if r.takes(ch, country) && len(r.Via) > 0 {
			return r.Hops()
		}
	}
	if provider := c.Otherwise(ch); provider != "" {
		return []Hop{{Provider: provider}}
	}
	return nil
}

// WhatsAppHome is the country of the business as WhatsApp knows it, by which it is
// charged: that of the provider that sends by WhatsApp and says so, else empty.
func (c Config) WhatsAppHome() string {
	for _, p := range providers {
		if _, used := c.use(p.Name)[channel.WhatsApp]; used && p.home != nil {
			return p.home(c)
		}
	}
	return ""
}

// Uses reports whether any message goes through the provider.
func (c Config) Uses(provider string) bool { return len(c.use(provider)) > 0 }

func (c Config) use(provider string) use {
	u := use{}
	for _, route := range c.Delivery.Routes {
		for _, hop := range route.Hops() {
			if hop.Provider == provider {
				u[route.Channel] = u[route.Channel] || hop.From == ""
			}
		}
	}
	for _, ch := range c.DueChannels() {
		if c.Otherwise(ch) == provider {
			u[ch] = true
		}
	}
	return u
}

// checkPhoneProvider demands that every channel of a phone has somebody who sends.
func (c Config) checkPhoneProvider(k *checker) {
	k.option("Sms.Provider", c.Sms.Provider, namesOf(Provider.ServesPhones)...)
	p, _ := providerOf(c.Sms.Provider)
	if k.pro && p.DevOnly {
		k.add("Sms.Provider", "must not be %s in pro: nothing is sent by it", p.Name)
	}
	for _, ch := range c.DueChannels() {
		if p.ServesPhones() && channel.IsPhone(ch) && c.Otherwise(ch) == p.Name && !p.Serves(ch) {
			k.add("Sms.Provider", "must send by %s, or Delivery.Routes must have a route of that channel for every country: %s does not", ch, p.Name)
		}
	}
}

// checkOptions demands of every provider in use that its options are complete.
func (c Config) checkOptions(k *checker) {
	for _, p := range providers {
		if u := c.use(p.Name); len(u) > 0 && p.check != nil {
			p.check(c, k, u)
		}
	}
}
