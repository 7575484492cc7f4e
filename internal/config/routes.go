package config

import (
	"slices"
	"strings"

	"user-api/internal/channel"
)

type (
	// Route selects the providers for the messages of one channel.
	Route struct {
		// Channel is sms, whatsapp or voice.
		Channel string `json:",default=sms"`
		// Countries lists the ISO 3166 countries of the numbers; empty means all.
		Countries []string `json:",optional"`
		// Via lists providers in order, each optionally followed by a colon and a sender:
		// twilio, twilio:+14155550100, http:ACME.
		Via []string `json:",optional"`
	}

	// Hop is one element of Route.Via.
	Hop struct{ Provider, From string }
)

// Hops returns the route's providers in order.
func (r Route) Hops() []Hop {
	hops := make([]Hop, len(r.Via))
	for i, text := range r.Via {
		hops[i].Provider, hops[i].From, _ = strings.Cut(text, ":")
	}
	return hops
}

// matches reports whether the route applies to a message.
func (r Route) matches(ch, country string) bool {
	return r.Channel == ch && (len(r.Countries) == 0 || slices.Contains(r.Countries, country))
}

// PhoneChannels returns the channels that clients may request for a phone.
func (s Sms) PhoneChannels() []string {
	if len(s.Channels) == 0 {
		return []string{channel.SMS}
	}
	return s.Channels
}

func (c Config) checkDelivery(k *checker) {
	c.Delivery.check(k)
	k.between("Delivery.Concurrency", int64(c.Delivery.Concurrency), 1, 1000, "sends")
	for i, ch := range c.Sms.Channels {
		k.option(element("Sms.Channels", i), ch, channel.Phone()...)
	}
	for i := range c.Delivery.Routes {
		c.checkRoute(k, i)
	}
}

func (c Config) checkRoute(k *checker, i int) {
	route, key := c.Delivery.Routes[i], element("Delivery.Routes", i)
	k.option(key+".Channel", route.Channel, channel.Phone()...)
	if route.Channel != channel.SMS && !slices.Contains(c.Sms.Channels, route.Channel) {
		k.add(key+".Channel", "must be one of Sms.Channels, is %q", route.Channel)
	}
	for j, country := range route.Countries {
		k.region(element(key+".Countries", j), country)
	}
	for j, earlier := range c.Delivery.Routes[:i] {
		if earlier.Channel == route.Channel && len(earlier.Countries) == 0 {
			k.add(key, "is never reached: %s takes every country", element("Delivery.Routes", j))
			break
		}
	}
	if len(route.Via) == 0 {
		k.add(key+".Via", "must name a provider")
	}
	for j, hop := range route.Hops() {
		at := element(key+".Via", j)
		if slices.Contains(route.Via[:j], route.Via[j]) {
			k.add(at, "must not be named twice, is %q", route.Via[j])
		}
		hop.check(k, at, route.Channel, route.Via[j])
	}
}

func (h Hop) check(k *checker, key, ch, text string) {
	p, _ := providerOf(h.Provider)
	bare := text == h.Provider
	switch {
	case !p.ServesPhones():
		k.add(key, "must begin with %s, is %q", channel.Or(namesOf(Provider.ServesPhones)), text)
	case p.DevOnly && k.pro:
		k.add(key, "must not be %s in pro: it sends nothing", p.Name)
	case channel.IsPhone(ch) && !p.Serves(ch):
		k.add(key, "must be a provider that supports %s, is %q", ch, text)
	case bare:
	case p.from == nil:
		k.add(key, "must be %s alone, is %q", p.Name, text)
	default:
		if rule := p.from(ch, h.From); rule != "" {
			k.add(key, "must %s, is %q", rule, text)
		}
	}
}
