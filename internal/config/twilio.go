package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"user-api/internal/channel"
)

// ProviderTwilio is Twilio or a provider with a compatible API.
const ProviderTwilio = "twilio"

// maxCallbackUrl leaves room for a reference, so that the URL stays well below Twilio's
// limit of 4000 characters.
const maxCallbackUrl = 1000

var (
	contentSid  = regexp.MustCompile(`^HX[0-9a-fA-F]{32}$`)
	phoneNumber = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

	twilio = Provider{
		Name: ProviderTwilio, Channels: channel.Phone(), from: twilioFrom, check: checkTwilio,
		reportsStatus: func(c *Config) bool { return c.Sms.Twilio.StatusCallbackUrl != "" },
		registers: func(c Config, ch string) bool {
			return ch == channel.WhatsApp && c.Sms.WhatsApp.ContentSid == ""
		},
		template: func(t Template) (problems Problems) {
			if t.Channel == channel.WhatsApp && !contentSid.MatchString(t.Id) {
				problems.add("Id", "must be HX and 32 hex digits, is %q", t.Id)
			}
			return problems
		},
	}
)

type (
	// Twilio holds the options of the provider twilio, validated if any message uses it.
	Twilio struct {
		// AccountSid is AC and 32 hex digits.
		AccountSid string `json:",optional,env=TWILIO_ACCOUNT_SID"`
		// ApiKey (SK and 32 hex digits) and ApiSecret are the recommended credentials: they
		// can be revoked individually.
		ApiKey    string `json:",optional,env=TWILIO_API_KEY"`
		ApiSecret string `json:",optional,env=TWILIO_API_SECRET"`
		// AuthToken authenticates if there is no ApiKey.
		AuthToken string `json:",optional,env=TWILIO_AUTH_TOKEN"`
		// From is an E.164 number, a short code or an alphanumeric sender.
		From string `json:",optional"`
		// MessagingServiceSid (MG and 32 hex digits) replaces From.
		MessagingServiceSid string `json:",optional"`
		// BaseUrl is the URL of the API, for regional edges and compatible providers.
		BaseUrl string `json:",default=https://api.twilio.com"`
		// StatusCallbackUrl is the public URL of /webhook/twilio/status; empty disables
		// delivery status. It requires AuthToken.
		StatusCallbackUrl string `json:",optional"`
	}

	// WhatsApp configures Twilio's WhatsApp messages.
	WhatsApp struct {
		// ContentSid is the approved template (HX and 32 hex digits) with the code as
		// variable 1, used if no entry of Delivery.Templates matches.
		ContentSid string `json:",optional"`
		// From is an E.164 number; otherwise MessagingServiceSid selects one.
		From                string `json:",optional"`
		MessagingServiceSid string `json:",optional"`
	}

	// Voice configures Twilio's calls.
	Voice struct {
		// From is an E.164 number.
		From string `json:",optional"`
	}
)

// twilioFrom validates a sender for Twilio.
func twilioFrom(ch, from string) string {
	service := serviceSid.MatchString(from)
	switch {
	case ch == channel.Voice && !phoneNumber.MatchString(from):
		return "have a number such as +14155550100 after the colon"
	case ch == channel.WhatsApp && !phoneNumber.MatchString(from) && !service:
		return "have a number such as +14155550100, or MG and 32 hex digits, after the colon"
	case ch == channel.SMS && !isSender(from) && !service:
		return "have a number, a short code, a name, or MG and 32 hex digits, after the colon"
	}
	return ""
}

// checkTwilio validates what Twilio needs for each channel in use.
func checkTwilio(c Config, k *checker, u use) {
	s := c.Sms
	s.Twilio.check(k)
	if u[channel.SMS] {
		s.Twilio.checkSender(k)
	}
	if bare, used := u[channel.WhatsApp]; used {
		byTemplate := slices.ContainsFunc(c.TemplatesOf(ProviderTwilio), func(t Template) bool { return t.Channel == channel.WhatsApp })
		s.WhatsApp.check(k, bare, byTemplate)
	}
	if bare, used := u[channel.Voice]; used && (bare || s.Voice.From != "") && !phoneNumber.MatchString(s.Voice.From) {
		k.add("Sms.Voice.From", "must be a number such as +14155550100, is %q", s.Voice.From)
	}
}

func (t Twilio) check(k *checker) {
	const path = "Sms.Twilio."
	k.credential(path+"AccountSid", t.AccountSid, "TWILIO_ACCOUNT_SID", accountSid)
	switch {
	case t.ApiKey == "" && t.ApiSecret == "" && t.AuthToken == "":
		k.add(path+"ApiKey", "is missing, set TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_AUTH_TOKEN")
	case t.ApiKey != "" || t.ApiSecret != "":
		k.credential(path+"ApiKey", t.ApiKey, "TWILIO_API_KEY", apiKey)
		k.credential(path+"ApiSecret", t.ApiSecret, "TWILIO_API_SECRET", notBlank)
	}
	k.baseURL(path+"BaseUrl", t.BaseUrl, "https://api.twilio.com")
	t.checkCallback(k, path)
}

func (t Twilio) checkSender(k *checker) {
	const path = "Sms.Twilio."
	switch {
	case t.From == "" && t.MessagingServiceSid == "":
		k.add(path+"From", "is missing, set it or MessagingServiceSid")
	case t.From != "" && t.MessagingServiceSid != "":
		k.add(path+"MessagingServiceSid", "must be left out when From is set")
	case t.From != "" && !isSender(t.From):
		k.add(path+"From", "must be a number such as +14155550100, a short code, or a name of up to 11 of A-Z a-z 0-9 space + - _ & with a letter in it, is %q", t.From)
	case t.MessagingServiceSid != "" && !serviceSid.MatchString(t.MessagingServiceSid):
		k.add(path+"MessagingServiceSid", "must be MG and 32 hex digits, is %q", t.MessagingServiceSid)
	}
}

// checkCallback requires the token that signs callbacks; an API key signs nothing. The
// signature covers the exact URL.
func (t Twilio) checkCallback(k *checker, path string) {
	text, key := t.StatusCallbackUrl, path+"StatusCallbackUrl"
	if text == "" {
		return
	}
	if u, err := url.Parse(text); err == nil && (!strings.HasPrefix(u.Path, "/") || len(text) > maxCallbackUrl) {
		k.add(key, "must have a path, and at most %d characters", maxCallbackUrl)
	} else {
		k.baseURL(key, text, "https://auth.example.com/webhook/twilio/status")
	}
	if t.AuthToken == "" {
		k.add(path+"AuthToken", "is missing, set TWILIO_AUTH_TOKEN: StatusCallbackUrl is signed with it")
	}
}

// check validates the sender, and requires one if needed.
func (w WhatsApp) check(k *checker, needed, byTemplate bool) {
	const path = "Sms.WhatsApp."
	if !contentSid.MatchString(w.ContentSid) && (w.ContentSid != "" || !byTemplate) {
		k.add(path+"ContentSid", "must be HX and 32 hex digits, is %q", w.ContentSid)
	}
	switch {
	case needed && w.From == "" && w.MessagingServiceSid == "":
		k.add(path+"From", "is missing, set it or MessagingServiceSid")
	case w.From != "" && w.MessagingServiceSid != "":
		k.add(path+"MessagingServiceSid", "must be left out when From is set")
	case w.From != "" && !phoneNumber.MatchString(w.From):
		k.add(path+"From", "must be a number such as +14155550100, is %q", w.From)
	case w.MessagingServiceSid != "" && !serviceSid.MatchString(w.MessagingServiceSid):
		k.add(path+"MessagingServiceSid", "must be MG and 32 hex digits, is %q", w.MessagingServiceSid)
	}
}
