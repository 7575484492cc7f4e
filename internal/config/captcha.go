package config

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
)

// The providers of Captcha, beside ProviderOff, and what is done while one does
// not answer.
const (
	ProviderHCaptcha  = "hcaptcha"
	ProviderReCaptcha = "recaptcha"
	ProviderTurnstile = "turnstile"

	OnFailureAllow  = "allow"
	OnFailureRefuse = "refuse"
)

// Captcha is the puzzle that a client is shown when too much comes from where it
// comes from.
type Captcha struct {
	// Provider is off, turnstile, hcaptcha or recaptcha.
	Provider string `json:",default=off"`
	// SiteKey is the public key, which clients are told.
	SiteKey string `json:",optional"`
	// Secret goes with SiteKey.
	Secret string `json:",optional,env=CAPTCHA_SECRET"`
	// Timeout bounds one question to the provider, 1 to 10 s.
	Timeout Seconds `json:",default=3"`
	// OnFailure is refuse or allow, while the provider does not answer.
	OnFailure string `json:",default=refuse"`
	// VerifyUrl replaces the provider's own, for services that speak the same.
	VerifyUrl string `json:",optional"`
	// Hostnames are the sites whose tokens are taken; empty means any.
	Hostnames []string `json:",optional"`
}

// testCaptchaSecrets pass every token; the providers publish them for tests.
var testCaptchaSecrets = []string{
	"1x0000000000000000000000000000000AA",
	"0x0000000000000000000000000000000000000000",
	"6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
}

// Format is as Config.Format.
func (c Captcha) Format(s fmt.State, _ rune) { format(s, c) }

// MarshalJSON masks the secret.
func (c Captcha) MarshalJSON() ([]byte, error) {
	type plain Captcha
	return json.Marshal(plain(masked(c)))
}

func (c Captcha) check(k *checker) {
	k.option("Captcha.Provider", c.Provider, ProviderOff, ProviderTurnstile, ProviderHCaptcha, ProviderReCaptcha)
	k.between("Captcha.Timeout", int64(c.Timeout), 1, 10, "seconds")
	k.option("Captcha.OnFailure", c.OnFailure, OnFailureRefuse, OnFailureAllow)
	for i, host := range c.Hostnames {
		if key := element("Captcha.Hostnames", i); !hostName.MatchString(host) {
			k.add(key, "must be a host name as app.example.com, is %q", host)
		}
	}
	if c.Provider == ProviderOff {
		return
	}
	if !notBlank.pattern.MatchString(c.SiteKey) || len(c.SiteKey) > 255 {
		k.add("Captcha.SiteKey", "must have 1 to 255 characters and no white space")
	}
	k.credential("Captcha.Secret", c.Secret, "CAPTCHA_SECRET", notBlank)
	if k.pro && slices.Contains(testCaptchaSecrets, c.Secret) {
		k.add("Captcha.Secret", "must not be the provider's secret for tests in pro: it takes every token")
	}
	c.checkVerifyURL(k)
}

func (c Captcha) checkVerifyURL(k *checker) {
	const key = "Captcha.VerifyUrl"
	if c.VerifyUrl == "" {
		return
	}
	u, err := url.Parse(c.VerifyUrl)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		k.add(key, "must be as https://verify.example.com/siteverify, without user, query and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || k.pro && !isLoopback(u.Hostname())):
		k.add(key, "must be https (http only to loopback, or outside pro), is %q", c.VerifyUrl)
	}
}
