package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ProviderHTTP is a service of the operator's own.
const ProviderHTTP = "http"

// The channels of a phone.
const (
	ChannelSMS      = "sms"
	ChannelWhatsApp = "whatsapp"
	ChannelVoice    = "voice"
)

var (
	contentSid  = regexp.MustCompile(`^HX[0-9a-fA-F]{32}$`)
	phoneNumber = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	gatewayFrom = regexp.MustCompile(`^[A-Za-z0-9+._-]{1,64}$`)
)

type (
	// Route says by whom the messages of one channel are sent.
	Route struct {
		// Channel is sms, whatsapp or voice.
		Channel string `json:",default=sms"`
		// Countries (ISO 3166) of the numbers it is for; empty means all.
		Countries []string `json:",optional"`
		// Via are providers in order, each perhaps with a colon and whom it is
		// to send as: twilio, twilio:+14155550100, http:ACME.
		Via []string `json:",optional"`
	}

	// Http is a service of the operator's own; docs/delivery.md has the contract.
	Http struct {
		// Url is where messages are posted to.
		Url string `json:",optional"`
		// Secret signs the requests.
		Secret string `json:",optional,env=SMS_HTTP_SECRET"`
		// Timeout bounds one request, 1 to 10 s.
		Timeout Seconds `json:",default=5"`
		// Repeatable says that the service sends a message once per id, however
		// often it is asked.
		Repeatable bool `json:",optional"`
	}

	// WhatsApp is how Twilio sends WhatsApp messages.
	WhatsApp struct {
		// ContentSid is the approved template (HX and 32 hex digits), whose
		// variable 1 is the code.
		ContentSid string `json:",optional"`
		// From is an E.164 number, or MessagingServiceSid picks one.
		From                string `json:",optional"`
		MessagingServiceSid string `json:",optional"`
	}

	// Voice is how Twilio calls.
	Voice struct {
		// From is an E.164 number.
		From string `json:",optional"`
	}

	// Hop is one element of Route.Via.
	Hop struct{ Provider, From string }
)

// Hops are the route's providers in order.
func (r Route) Hops() []Hop {
	hops := make([]Hop, len(r.Via))
	for i, text := range r.Via {
		hops[i].Provider, hops[i].From, _ = strings.Cut(text, ":")
	}
	return hops
}

// PhoneChannels are those that a phone's user may ask for.
func (s Sms) PhoneChannels() []string {
	if len(s.Channels) == 0 {
		return []string{ChannelSMS}
	}
	return s.Channels
}

// Uses reports whether any message goes through the provider.
func (c Config) Uses(provider string) bool {
	return c.Sms.Provider == provider || slices.ContainsFunc(c.Delivery.Routes, func(r Route) bool {
		return slices.ContainsFunc(r.Hops(), func(h Hop) bool { return h.Provider == provider })
	})
}

func (c Config) checkDelivery(k *checker) {
	c.Delivery.check(k)
	k.between("Delivery.Concurrency", int64(c.Delivery.Concurrency), 1, 1000, "sends")
	for i, channel := range c.Sms.Channels {
		k.option(element("Sms.Channels", i), channel, ChannelSMS, ChannelWhatsApp, ChannelVoice)
	}
	for i := range c.Delivery.Routes {
		c.checkRoute(k, i)
	}
	if c.Uses(ProviderTwilio) {
		c.Sms.Twilio.check(k)
	}
	if c.Uses(ProviderHTTP) {
		c.Sms.Http.check(k)
	}
	c.checkChannels(k)
}

func (c Config) checkRoute(k *checker, i int) {
	route, key := c.Delivery.Routes[i], element("Delivery.Routes", i)
	k.option(key+".Channel", route.Channel, ChannelSMS, ChannelWhatsApp, ChannelVoice)
	if route.Channel != ChannelSMS && !slices.Contains(c.Sms.Channels, route.Channel) {
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

func (h Hop) check(k *checker, key, channel, text string) {
	bare := text == h.Provider
	switch {
	case h.Provider == ProviderInbox && k.pro:
		k.add(key, "must not be inbox in pro: nothing is sent by it")
	case h.Provider == ProviderInbox && !bare:
		k.add(key, "must be inbox alone, is %q", text)
	case h.Provider == ProviderInbox:
	case h.Provider == ProviderHTTP:
		if !bare && !gatewayFrom.MatchString(h.From) {
			k.add(key, "must have 1 to 64 of A-Z a-z 0-9 + . _ - after the colon, is %q", text)
		}
	case h.Provider != ProviderTwilio:
		k.add(key, "must begin with inbox, twilio or http, is %q", text)
	case !bare && channel == ChannelVoice && !phoneNumber.MatchString(h.From):
		k.add(key, "must have a number as +14155550100 after the colon, is %q", text)
	case !bare && channel == ChannelWhatsApp && !phoneNumber.MatchString(h.From) && !serviceSid.MatchString(h.From):
		k.add(key, "must have a number as +14155550100, or MG and 32 hex digits, after the colon, is %q", text)
	case !bare && channel == ChannelSMS && !isSender(h.From) && !serviceSid.MatchString(h.From):
		k.add(key, "must have a number, a short code, a name, or MG and 32 hex digits, after the colon, is %q", text)
	}
}

// checkChannels demands what Twilio needs for each channel that it serves. A text
// message is always due: a notice goes by it.
func (c Config) checkChannels(k *checker) {
	s := c.Sms
	bare, used := c.twilioFor(ChannelSMS)
	if used && bare {
		s.Twilio.checkSender(k)
	}
	for _, channel := range []string{ChannelWhatsApp, ChannelVoice} {
		if !slices.Contains(s.Channels, channel) {
			continue
		}
		bare, used := c.twilioFor(channel)
		switch {
		case used && channel == ChannelWhatsApp:
			s.WhatsApp.check(k, bare)
		case used && (bare || s.Voice.From != "") && !phoneNumber.MatchString(s.Voice.From):
			k.add("Sms.Voice.From", "must be a number as +14155550100, is %q", s.Voice.From)
		}
	}
}

// twilioFor reports whether the channel goes through Twilio, and bare whether it
// does so anywhere without a sender of the route's own.
func (c Config) twilioFor(channel string) (bare, used bool) {
	for _, route := range c.Delivery.Routes {
		if route.Channel != channel {
			continue
		}
		for _, hop := range route.Hops() {
			if hop.Provider == ProviderTwilio {
				bare, used = bare || hop.From == "", true
			}
		}
		if len(route.Countries) == 0 {
			return bare, used
		}
	}
	if c.Sms.Provider == ProviderTwilio {
		return true, true
	}
	return bare, used
}

func (h Http) check(k *checker) {
	const path = "Sms.Http."
	if h.Url == "" {
		k.add(path+"Url", "is missing")
	} else {
		k.baseURL(path+"Url", h.Url, "https://sms.example.com/send")
	}
	if h.Secret == "" {
		k.add(path+"Secret", "is missing, set SMS_HTTP_SECRET")
	}
	k.between(path+"Timeout", int64(h.Timeout), 1, 10, "seconds")
}

// check demands a sender where needed; it is looked at where given.
func (w WhatsApp) check(k *checker, needed bool) {
	const path = "Sms.WhatsApp."
	if !contentSid.MatchString(w.ContentSid) {
		k.add(path+"ContentSid", "must be HX and 32 hex digits, is %q", w.ContentSid)
	}
	switch {
	case needed && w.From == "" && w.MessagingServiceSid == "":
		k.add(path+"From", "is missing, set it or MessagingServiceSid")
	case w.From != "" && w.MessagingServiceSid != "":
		k.add(path+"MessagingServiceSid", "must be left out when From is set")
	case w.From != "" && !phoneNumber.MatchString(w.From):
		k.add(path+"From", "must be a number as +14155550100, is %q", w.From)
	case w.MessagingServiceSid != "" && !serviceSid.MatchString(w.MessagingServiceSid):
		k.add(path+"MessagingServiceSid", "must be MG and 32 hex digits, is %q", w.MessagingServiceSid)
	}
}

// Format is as Config.Format.
func (h Http) Format(s fmt.State, _ rune) { format(s, h) }

// MarshalJSON masks the secret.
func (h Http) MarshalJSON() ([]byte, error) {
	type plain Http
	return json.Marshal(plain(masked(h)))
}
