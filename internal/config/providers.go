package config

import (
	"slices"

	"user-api/internal/channel"
)

// The providers that are not third-party APIs: messages kept in the process and, for email,
// a mail server or nothing.
const (
	ProviderInbox = "inbox"
	ProviderOff   = "off"
	ProviderSmtp  = "smtp"
)

// providers lists all providers; package svc constructs them. CONTRIBUTING.md describes how
// to add one.
var providers = []Provider{
	{Name: ProviderInbox, Channels: channel.All(), DevOnly: true, reportsStatus: func(*Config) bool { return true }},
	twilio,
	gateway,
	alibaba,
	msg91,
	meta,
	{Name: ProviderSmtp, Channels: []string{channel.Email}}, // Email.check validates its options in any case
}

type (
	// Sms configures messages to phones.
	Sms struct {
		// Provider sends messages that match no route: inbox (kept in the process, not
		// sent) or a provider of phone channels.
		Provider string `json:",default=inbox"`
		// Channels lists the channels that clients may request: sms, whatsapp, voice; empty
		// means sms.
		Channels []string `json:",optional"`
		// DefaultRegion is the ISO 3166 country of numbers in national format.
		DefaultRegion string `json:",default=IN"`
		// AllowedRegions lists the countries to which codes are sent, including RegionNone
		// if wanted; empty means all countries.
		AllowedRegions []string `json:",optional"`
		// AllowVoip allows codes to VoIP numbers.
		AllowVoip bool `json:",default=true"`
		Twilio    Twilio
		WhatsApp  WhatsApp
		Voice     Voice
		Http      Http
		Alibaba   Alibaba
		Msg91     Msg91
		Meta      Meta
	}

	// Provider describes the capabilities of a message provider.
	Provider struct {
		// Name identifies it in Sms.Provider, Email.Provider, routes, metrics and records.
		Name string
		// Channels lists the channels it supports.
		Channels []string
		// DevOnly means that it sends nothing, so pro refuses it.
		DevOnly bool

		// from validates the sender after the colon of a route: it returns "" or a text
		// that completes "must ...". If nil, no sender may be given.
		from func(channel, from string) (rule string)
		// check validates the options for the given use of the provider.
		check func(c Config, k *checker, u use)
		// reportsStatus reports whether the provider reports delivery status; nil means
		// never.
		reportsStatus func(c *Config) bool
		// registers reports whether the provider sends only registered templates on the
		// channel; nil means never.
		registers func(c Config, channel string) bool
		// home returns the country of the business for WhatsApp, if configured; nil means
		// unknown.
		home func(c Config) string
		// template returns the problems of a template, by key.
		template func(t Template) Problems
	}

	// use maps the channels on which messages go through a provider to whether any of them
	// uses no sender of its route.
	use map[string]bool
)

// Providers returns all providers.
func Providers() []Provider { return slices.Clone(providers) }

// Serves reports whether the provider supports the channel.
func (p Provider) Serves(channel string) bool { return slices.Contains(p.Channels, channel) }

// ServesPhones reports whether the provider supports any phone channel.
func (p Provider) ServesPhones() bool { return slices.ContainsFunc(p.Channels, channel.IsPhone) }

// ReportsStatus reports whether the provider, as configured, reports delivery status.
func (p Provider) ReportsStatus(c *Config) bool { return p.reportsStatus != nil && p.reportsStatus(c) }

// Registers reports whether the provider sends only registered templates on the channel.
func (p Provider) Registers(c Config, channel string) bool {
	return p.registers != nil && p.registers(c, channel)
}

// providerOf returns a provider by name.
func providerOf(name string) (Provider, bool) {
	i := slices.IndexFunc(providers, func(p Provider) bool { return p.Name == name })
	if i < 0 {
		return Provider{}, false
	}
	return providers[i], true
}

// namesOf returns the names of the providers that keep accepts.
func namesOf(keep func(Provider) bool) []string {
	var names []string
	for _, p := range providers {
		if keep(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

// ActiveChannels returns the channels on which messages may be sent. SMS is always included,
// because notices use it.
func (c Config) ActiveChannels() []string {
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

// DefaultProvider returns the provider of a channel for messages that match no route, or ""
// if the routes match every message.
func (c *Config) DefaultProvider(ch string) string {
	if ch == channel.Email {
		return c.Email.Provider
	}
	if slices.ContainsFunc(c.Delivery.Routes, func(r Route) bool { return r.Channel == ch && len(r.Countries) == 0 }) {
		return ""
	}
	return c.Sms.Provider
}

// FirstProvider returns the provider that is tried first for a channel and country. Each code
// asks for it, and a Config is some kilobytes to copy.
func (c *Config) FirstProvider(ch, country string) (Provider, bool) {
	way := c.Hops(ch, country)
	if len(way) == 0 {
		return Provider{}, false
	}
	return providerOf(way[0].Provider)
}

// Hops returns the providers for a channel and country, in the order in which they are
// tried.
func (c *Config) Hops(ch, country string) []Hop {
	for _, r := range c.Delivery.Routes {
		if r.matches(ch, country) && len(r.Via) > 0 {
			return r.Hops()
		}
	}
	if provider := c.DefaultProvider(ch); provider != "" {
		return []Hop{{Provider: provider}}
	}
	return nil
}

// WhatsAppHome returns the country of the business as WhatsApp knows it, which determines
// the price, or "" if no provider in use knows it.
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
	for _, ch := range c.ActiveChannels() {
		if c.DefaultProvider(ch) == provider {
			u[ch] = true
		}
	}
	return u
}

// checkPhoneProvider requires a provider for every phone channel.
func (c Config) checkPhoneProvider(k *checker) {
	k.option("Sms.Provider", c.Sms.Provider, namesOf(Provider.ServesPhones)...)
	p, _ := providerOf(c.Sms.Provider)
	if k.pro && p.DevOnly {
		k.add("Sms.Provider", "must not be %s in pro: it sends nothing", p.Name)
	}
	for _, ch := range c.ActiveChannels() {
		if p.ServesPhones() && channel.IsPhone(ch) && c.DefaultProvider(ch) == p.Name && !p.Serves(ch) {
			k.add("Sms.Provider", "must support %s, or Delivery.Routes must have a route of that channel for every country: %s does not support it", ch, p.Name)
		}
	}
}

// checkOptions validates the options of every provider in use.
func (c Config) checkOptions(k *checker) {
	for _, p := range providers {
		if u := c.use(p.Name); len(u) > 0 && p.check != nil {
			p.check(c, k, u)
		}
	}
}
