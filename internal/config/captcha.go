package config

import (
	"slices"
)

// The values of Captcha.Provider (with ProviderOff), Captcha.OnFailure and Captcha.Action.
const (
	ProviderGeeTest   = "geetest"
	ProviderHCaptcha  = "hcaptcha"
	ProviderReCaptcha = "recaptcha"
	ProviderTurnstile = "turnstile"

	OnFailureAllow  = "allow"
	OnFailureRefuse = "refuse"

	ActionMatch   = "match"
	ActionOff     = "off"
	ActionRequire = "require"
)

// CaptchaProviders lists the values of Captcha.Provider that name a provider.
var CaptchaProviders = []string{ProviderTurnstile, ProviderHCaptcha, ProviderReCaptcha, ProviderGeeTest}

// Captcha configures the challenge that clients must solve when too many requests come from
// their network.
type Captcha struct {
	// Provider is off, turnstile, hcaptcha, recaptcha or geetest.
	Provider string `json:",default=off"`
	// SiteKey is the public key, which clients receive. GeeTest calls it captcha_id.
	SiteKey string `json:",optional"`
	// Secret belongs to SiteKey. GeeTest calls it captcha_key.
	Secret string `json:",optional,env=CAPTCHA_SECRET"`
	// Timeout limits one request to the provider: 1 to 10 s, and less than the request
	// timeout.
	Timeout Seconds `json:",default=3"`
	// OnFailure is refuse or allow: what to do while the provider is unavailable.
	OnFailure string `json:",default=refuse"`
	// VerifyUrl overrides the provider's URL, for compatible services.
	VerifyUrl string `json:",optional"`
	// Hostnames lists the sites whose tokens are accepted; empty means any.
	Hostnames []string `json:",optional"`
	// Action is how the action of a token is checked: match refuses a token with another
	// action, require also one without an action, off checks nothing.
	Action string `json:",default=match"`
	// MinScore is the minimum score of a reCAPTCHA v3 token, in hundredths; 0 is for v2,
	// which has no scores.
	MinScore int `json:",default=50"`
}

// testCaptchaSecrets are published by the providers for tests and in samples. All except
// GeeTest's accept every token.
var testCaptchaSecrets = []string{
	"1x0000000000000000000000000000000AA",
	"0x0000000000000000000000000000000000000000",
	"6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
	"b09a7aafbfd83f73b35a9b530d0337bf",
}

func (c Captcha) check(k *checker, request Seconds) {
	k.option("Captcha.Provider", c.Provider, append([]string{ProviderOff}, CaptchaProviders...)...)
	k.between("Captcha.Timeout", int64(c.Timeout), 1, 10, "seconds")
	k.option("Captcha.OnFailure", c.OnFailure, OnFailureRefuse, OnFailureAllow)
	k.option("Captcha.Action", c.Action, ActionMatch, ActionRequire, ActionOff)
	k.between("Captcha.MinScore", int64(c.MinScore), 0, 100, "hundredths")
	for i, host := range c.Hostnames {
		if key := element("Captcha.Hostnames", i); !hostName.MatchString(host) {
			k.add(key, "must be a host name such as app.example.com, is %q", host)
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
		k.add("Captcha.Secret", "must not be a secret that the provider publishes, for tests or in samples, in pro")
	}
	if c.Action == ActionRequire && !c.namesAction() {
		k.add("Captcha.Action", "must not be require: only turnstile, and recaptcha with a MinScore, have tokens that name an action")
	}
	// If the request ended first, it would look as if the client had disconnected, and
	// OnFailure would not apply.
	if c.Timeout >= request {
		k.add("Captcha.Timeout", "must be less than Timeout, %d seconds, is %d", request, c.Timeout)
	}
	if c.VerifyUrl != "" {
		k.baseURL("Captcha.VerifyUrl", c.VerifyUrl, "https://verify.example.com/siteverify")
	}
}

// namesAction reports whether the provider's tokens may contain an action.
func (c Captcha) namesAction() bool {
	return c.Provider == ProviderTurnstile || c.Provider == ProviderReCaptcha && c.MinScore > 0
}
