package config

import (
	"user-api/internal/channel"
)

// ProviderAlibaba is Alibaba Cloud SMS.
const ProviderAlibaba = "alibaba"

var alibaba = Provider{
	Name: ProviderAlibaba, Channels: []string{channel.SMS},
	check:         func(c Config, k *checker, _ use) { c.Sms.Alibaba.check(k) },
	reportsStatus: func(c *Config) bool { return c.Sms.Alibaba.CallbackSecret != "" },
	registers:     func(Config, string) bool { return true },
	template: func(t Template) (problems Problems) {
		if t.Sign == "" {
			problems.add("Sign", "is missing: alibaba requires a sign name")
		}
		return problems
	},
}

// Alibaba holds the options of the provider alibaba.
type Alibaba struct {
	// AccessKeyId and AccessKeySecret belong to a RAM user that may send.
	AccessKeyId     string `json:",optional,env=ALIBABA_ACCESS_KEY_ID"`
	AccessKeySecret string `json:",optional,env=ALIBABA_ACCESS_KEY_SECRET"`
	// Endpoint is the URL of the API.
	Endpoint string `json:",default=https://dysmsapi.aliyuncs.com"`
	// CallbackSecret authenticates delivery reports; without it none are accepted.
	CallbackSecret string `json:",optional,env=ALIBABA_CALLBACK_SECRET"`
}

func (a Alibaba) check(k *checker) {
	const path = "Sms.Alibaba."
	k.credential(path+"AccessKeyId", a.AccessKeyId, "ALIBABA_ACCESS_KEY_ID", notBlank)
	k.credential(path+"AccessKeySecret", a.AccessKeySecret, "ALIBABA_ACCESS_KEY_SECRET", notBlank)
	k.baseURL(path+"Endpoint", a.Endpoint, "https://dysmsapi.aliyuncs.com")
	k.shownSecret(path+"CallbackSecret", a.CallbackSecret)
}
