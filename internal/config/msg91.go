package config

import (
	"user-api/internal/channel"
)

// ProviderMsg91 is MSG91.
const ProviderMsg91 = "msg91"

var msg91 = Provider{
	Name: ProviderMsg91, Channels: []string{channel.SMS},
	check:         func(c Config, k *checker, _ use) { c.Sms.Msg91.check(k) },
	reportsStatus: func(c *Config) bool { return c.Sms.Msg91.CallbackSecret != "" },
	registers:     func(Config, string) bool { return true },
}

// Msg91 holds the options of the provider msg91.
type Msg91 struct {
	// AuthKey is the key of the account.
	AuthKey string `json:",optional,env=MSG91_AUTH_KEY"`
	// BaseUrl is the URL of the API.
	BaseUrl string `json:",default=https://control.msg91.com"`
	// CallbackSecret authenticates delivery reports; without it none are accepted.
	CallbackSecret string `json:",optional,env=MSG91_CALLBACK_SECRET"`
}

func (m Msg91) check(k *checker) {
	const path = "Sms.Msg91."
	k.credential(path+"AuthKey", m.AuthKey, "MSG91_AUTH_KEY", notBlank)
	k.baseURL(path+"BaseUrl", m.BaseUrl, "https://control.msg91.com")
	k.shownSecret(path+"CallbackSecret", m.CallbackSecret)
}
