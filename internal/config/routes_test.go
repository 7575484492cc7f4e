package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/channel"
	"user-api/internal/config"
)

// Each row is added to a configuration with a Twilio account and an HTTP service.
func TestRoutesAreCheckedAtTheStart(t *testing.T) {
	const (
		mg   = "MG0123456789abcdef0123456789abcdef"
		hx   = "HX0123456789abcdef0123456789abcdef"
		sms  = `Twilio: {From: "+15005550006"}, `
		http = `Http: {Url: "https://sms.example.com/send"}, `
	)
	tests := []struct {
		name, sms, routes string
		more              string // of the section Delivery
		pro               bool
		want              []string
	}{
		{name: "no route", sms: sms},
		{name: "two providers", sms: sms + http, routes: "{Countries: [IN, NP], Via: [twilio, http]}, {Via: [http]}"},
		{
			name: "senders of every kind", sms: http,
			routes: `{Via: [twilio:` + mg + `, twilio:MYBRAND, "twilio:+14155550100", twilio:12345, http:ACME]}`,
		},
		{
			name: "senders of no kind", sms: sms + http, routes: `{Via: [twilio:, "twilio:+1", "http:a b", inbox:x, twilio:ABCDEFGHIJKL]}`,
			want: []string{
				`Delivery.Routes[0].Via[0]: must have a number, a short code, a name, or MG and 32 hex digits, after the colon, is "twilio:"`,
				`Delivery.Routes[0].Via[1]: must have a number, a short code, a name, or MG and 32 hex digits, after the colon, is "twilio:+1"`,
				`Delivery.Routes[0].Via[2]: must have 1 to 64 of A-Z a-z 0-9 + . _ - after the colon, is "http:a b"`,
				`Delivery.Routes[0].Via[3]: must be inbox alone, is "inbox:x"`,
				`Delivery.Routes[0].Via[4]: must have a number, a short code, a name, or MG and 32 hex digits, after the colon, is "twilio:ABCDEFGHIJKL"`,
			},
		},
		{
			name: "providers that are none", sms: sms, routes: "{Via: [pigeon, twilio, twilio]}, {Via: []}",
			want: []string{
				`Delivery.Routes[0].Via[0]: must begin with ` + phoneProviders() + `, is "pigeon"`,
				`Delivery.Routes[0].Via[2]: must not be named twice, is "twilio"`,
				`Delivery.Routes[1]: is never reached: Delivery.Routes[0] takes every country`,
				`Delivery.Routes[1].Via: must name a provider`,
			},
		},
		{
			name: "the inbox in pro", sms: sms + "AllowedRegions: [IN], ", routes: "{Countries: [India], Via: [inbox]}", pro: true,
			want: []string{
				`Delivery.Routes[0].Countries[0]: must be an ISO 3166 country of two capital letters, is "India"`,
				`Delivery.Routes[0].Via[0]: must not be inbox in pro: it sends nothing`,
			},
		},
		{
			name: "a channel nobody may ask for", sms: sms, routes: "{Channel: voice, Via: [inbox]}, {Channel: fax, Via: [inbox]}",
			want: []string{
				`Delivery.Routes[0].Channel: must be one of Sms.Channels, is "voice"`,
				`Delivery.Routes[1].Channel: must be sms, whatsapp or voice, is "fax"`,
				`Delivery.Routes[1].Channel: must be one of Sms.Channels, is "fax"`,
			},
		},
		{
			name: "channels that Twilio lacks all for", sms: sms + "Channels: [sms, whatsapp, voice, email], ",
			want: []string{
				`Sms.Channels[3]: must be sms, whatsapp or voice, is "email"`,
				`Sms.WhatsApp.ContentSid: must be HX and 32 hex digits, is ""`,
				`Sms.WhatsApp.From: is missing, set it or MessagingServiceSid`,
				`Sms.Voice.From: must be a number such as +14155550100, is ""`,
			},
		},
		{
			name: "channels whose senders are the routes'",
			sms:  sms + "Channels: [sms, whatsapp, voice], WhatsApp: {ContentSid: " + hx + "}, ",
			routes: `{Channel: whatsapp, Via: [twilio:` + mg + `]}, {Channel: voice, Via: ["twilio:+14155550100"]}, ` +
				`{Channel: voice, Countries: [IN], Via: [twilio:MYBRAND]}`,
			want: []string{
				`Delivery.Routes[2]: is never reached: Delivery.Routes[1] takes every country`,
				`Delivery.Routes[2].Via[0]: must have a number such as +14155550100 after the colon, is "twilio:MYBRAND"`,
			},
		},
		{
			name: "channels that are not Twilio's", sms: sms + http + "Channels: [whatsapp, voice], ",
			routes: `{Channel: whatsapp, Via: [http]}, {Channel: voice, Via: [http]}`,
		},
		{
			name: "templates of every kind",
			sms:  sms + "Channels: [sms, whatsapp], WhatsApp: {From: '+14155550100'}, ",
			more: `Templates: [{Channel: whatsapp, Id: ` + hx + `, Variables: [code]}, ` +
				`{Channel: sms, Id: "1207", Purpose: login, Locale: pt-BR, Country: IN, Sign: Acme, Entity: "1", Header: ACMEIN, Variables: ["var1=code", minutes, app]}]`,
		},
		{
			name: "templates that are none",
			sms:  sms + "Channels: [sms, whatsapp], WhatsApp: {From: '+14155550100'}, ",
			more: `Templates: [{Channel: whatsapp, Id: "12"}, {Channel: email, Provider: smtp, Id: "", Locale: pt_BR, Country: India, Variables: [name, "a b=code"]}, {Channel: sms, Provider: pigeon, Id: t}]`,
			want: []string{
				`Delivery.Templates[0].Id: must be HX and 32 hex digits, is "12"`,
				`Delivery.Templates[1].Channel: must be sms, whatsapp or voice, is "email"`,
				`Delivery.Templates[1].Locale: must be a language tag such as en or pt-BR, is "pt_BR"`,
				`Delivery.Templates[1].Country: must be an ISO 3166 country of two capital letters, is "India"`,
				`Delivery.Templates[1].Id: must have 1 to 128 of A-Z a-z 0-9 . _ : -, is ""`,
				`Delivery.Templates[1].Variables[0]: must be code, minutes or app, optionally preceded by the provider's name for it as in var1=code, is "name"`,
				`Delivery.Templates[1].Variables[1]: must be code, minutes or app, optionally preceded by the provider's name for it as in var1=code, is "a b=code"`,
				`Delivery.Templates[2].Provider: must be ` + providersOf(channel.SMS) + `, is "pigeon"`,
			},
		},
		{
			name: "a text message from nobody", sms: http, routes: "{Countries: [IN], Via: [http]}",
			want: []string{`Sms.Twilio.From: is missing, set it or MessagingServiceSid`},
		},
		{
			name: "an HTTP service in clear", sms: sms + `AllowedRegions: [IN], Http: {Url: "http://sms.example.com", Timeout: 11}, `, routes: "{Via: [http]}", pro: true,
			want: []string{
				`Sms.Http.Url: must be https (http only to loopback, or outside pro), is "http://sms.example.com"`,
				`Sms.Http.Timeout: must be between 1 and 10 seconds, is 11`,
			},
		},
		{name: "an HTTP service that nobody uses", sms: sms + `Http: {Url: nowhere}, `},
		{
			name: "an HTTP service without an address", sms: sms, routes: "{Via: [http]}",
			want: []string{`Sms.Http.Url: is missing`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mode := "Mode: dev\n"
			if tt.pro {
				mode = "Mode: pro\nCacheRedis: [{Host: \"redis:6379\", Tls: true}]\n"
			}
			text := mode + "Email: {Provider: \"off\"}\nSms: {" + tt.sms + "Provider: twilio}\nDelivery: {Routes: [" + tt.routes + "], " + tt.more + "}\n"
			_, err := config.Parse([]byte(text), env(proEnv))
			var got []string
			if err != nil {
				got = lines(t, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecretOfTheHTTPService(t *testing.T) {
	text := "Mode: dev\nSms: {Provider: http, Http: {Url: \"https://sms.example.com\", Secret: %s}}"
	for secret, want := range map[string]string{
		`""`:                 "Sms.Http.Secret: is missing, set SMS_HTTP_SECRET",
		`short`:              "Sms.Http.Secret: must have at least 32 bytes, has 5",
		proEnv["OTP_PEPPER"]: "",
	} {
		_, err := config.Parse([]byte(strings.ReplaceAll(text, "%s", secret)), noEnv)
		if (err == nil) != (want == "") || err != nil && !slices.Contains(lines(t, err), want) {
			t.Errorf("secret of %d bytes: %v, want %q", len(secret), err, want)
		}
	}
}

// phoneProviders lists the values of Sms.Provider as a problem shows them.
func phoneProviders() string { return providersOf(channel.Phone()...) }

// providersOf returns the names of the providers that support any of the channels.
func providersOf(channels ...string) string {
	var names []string
	for _, p := range config.Providers() {
		if slices.ContainsFunc(channels, p.Serves) {
			names = append(names, p.Name)
		}
	}
	return channel.Or(names)
}

func TestHops(t *testing.T) {
	got := config.Route{Via: []string{"twilio", "twilio:+14155550100", "http:ACME"}}.Hops()
	want := []config.Hop{{Provider: "twilio"}, {Provider: "twilio", From: "+14155550100"}, {Provider: "http", From: "ACME"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hops (-want +got):\n%s", diff)
	}
}

// The example in docs/delivery.md is valid.
func TestDocumentedRoutesPass(t *testing.T) {
	_, rest, found := strings.Cut(read(t, "../../docs/delivery.md"), "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/delivery.md has no example")
	}
	example = strings.Replace(example, "Sms:\n", "Mode: dev\nSms:\n  Twilio: {From: \"+15005550006\"}\n", 1)
	c, err := config.Parse([]byte(example), env(proEnv))
	if err != nil {
		t.Fatalf("the example is refused:\n%v", err)
	}
	if len(c.Delivery.Routes) != 3 || c.Delivery.Routes[0].Hops()[0].From != "ACMEIN" {
		t.Errorf("routes %+v, want three", c.Delivery.Routes)
	}
}
