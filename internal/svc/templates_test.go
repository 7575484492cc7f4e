package svc

import (
	"strings"
	"testing"

	"user-api/internal/config"
)

const whatsApp = `Mode: dev
Sms: {Provider: inbox, Channels: [sms, whatsapp], AllowedRegions: [%], Twilio: {AccountSid: AC0123456789abcdef0123456789abcdef, AuthToken: t0ken}, WhatsApp: {From: "+15005550006"}}
Delivery: {Routes: [{Channel: whatsapp, Countries: [IN, BR], Via: [twilio]}], Templates: [`

// A provider that only sends registered templates needs one for every message and every
// country it may be used for.
func TestCheckTemplates(t *testing.T) {
	const id = "Channel: whatsapp, Variables: [code], Id: HX0123456789abcdef0123456789abcdef"
	for _, tt := range []struct{ name, regions, rows, want string }{
		{"one for all", "IN, BR, US", "{" + id + "}", ""},
		{"one for each", "IN, BR", "{" + id + ", Country: IN}, {" + id + ", Country: BR}", ""},
		{"none for a country", "IN, BR", "{" + id + ", Country: IN}",
			"twilio sends only registered templates by whatsapp, and there is none without Locale to BR for: login, reset, bind, delete"},
		{"a country that nobody may send to", "IN", "{" + id + ", Country: IN}", ""},
		{"for all countries", "", "{" + id + ", Country: IN}", "to BR for: login"},
		{"of one purpose", "IN", "{" + id + ", Purpose: login}", "to IN for: reset, bind, delete"},
		{"of one language", "IN", "{" + id + ", Locale: hi}", "to IN for: login"},
		{"of another provider", "IN", "{" + id + ", Provider: http}, {" + id + ", Purpose: reset}", "to IN for: login, bind, delete"},
		{"a purpose that is none", "IN", "{" + id + "}, {" + id + ", Purpose: signup}", `Templates[1].Purpose: must be login, reset, bind, delete, notice or the name of a notice, is "signup"`},
		{"a notice with a code", "IN", "{" + id + "}, {Id: t, Purpose: sign_in, Variables: [code]}", "Templates[1].Variables: a notice has no code"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := config.Parse([]byte(strings.Replace(whatsApp, "%", tt.regions, 1)+tt.rows+"]}"), func(string) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			_, err = checkTemplates(c)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
