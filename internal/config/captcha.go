package config

import (
	"slices"
)

// The providers of Captcha, beside ProviderOff, what is done while one does not
// answer, and how strictly a token is bound to what it was earned for.
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

// CaptchaProviders are the values of Captcha.Provider that name a provider.
var CaptchaProviders = []string{ProviderTurnstile, ProviderHCaptcha, ProviderReCaptcha, ProviderGeeTest}

// Captcha is the puzzle that a client is shown when too much comes from where it
// comes from.
type Captcha struct {
	// Provider is off, turnstile, hcaptcha, recaptcha or geetest.
	Provider string `json:",default=off"`
	// SiteKey is the public key, which clients are told; GeeTest calls it
	// captcha_id.
	SiteKey string `json:",optional"`
	// Secret goes with SiteKey; GeeTest calls it captcha_key.
	Secret string `json:",optional,env=CAPTCHA_SECRET"`
	// Timeout bounds one question to the provider, 1 to 10 s and less than a
	// request may take.
	Timeout Seconds `json:",default=3"`
	// OnFailure is refuse or allow, while the provider does not answer.
	OnFailure string `json:",default=refuse"`
	// VerifyUrl replaces the provider's own, for services that speak the same.
	VerifyUrl string `json:",optional"`
	// Hostnames are the sites whose tokens are taken; empty means any.
	Hostnames []string `json:",optional"`
	// Action is what is demanded of the action that a token was earned for: match
	// refuses a token that names another one, require also one that names none,
	// off takes every token.
	Action string `json:",default=match"`
	// MinScore is the least score of a good reCAPTCHA v3 token, in hundredths; 0
	// is for v2, which has none.
	MinScore int `json:",default=50"`
}

// testCaptchaSecrets are published by the providers, for tests and in samples. All
// but GeeTest's pass every token.
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
		k.add("Captcha.Secret", "must not be a secret that the provider publishes, for tests or in samples, in pro")
	}
	if c.Action == ActionRequire && !c.namesAction() {
		k.add("Captcha.Action", "must not be require: only turnstile, and recaptcha with a MinScore, have tokens that name an action")
	}
	// A request that ends first is a client that hung up, and OnFailure is not asked.
	if c.Timeout >= request {
		k.add("Captcha.Timeout", "must be less than Timeout, %d seconds, is %d", request, c.Timeout)
	}
	if c.VerifyUrl != "" {
		k.baseURL("Captcha.VerifyUrl", c.VerifyUrl, "https://verify.example.com/siteverify")
	}
}

// namesAction reports whether the provider's tokens may name an action.
func (c Captcha) namesAction() bool {
	return c.Provider == ProviderTurnstile || c.Provider == ProviderReCaptcha && c.MinScore > 0
}
