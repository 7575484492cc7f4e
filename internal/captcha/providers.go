package captcha

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"
)

// The providers.
const (
	GeeTest   = "geetest"
	HCaptcha  = "hcaptcha"
	ReCaptcha = "recaptcha"
	Turnstile = "turnstile"
)

// rows are the providers. Turnstile documents its tokens' greatest length;
// hCaptcha's were seen above 4000 bytes, and GeeTest's four values have some 600.
var rows = map[string]row{
	GeeTest: {
		url: "https://gcaptcha4.geetest.com/validate", maxToken: 8192, bogus: bogusGeeTest,
		build: buildGeeTest, read: readGeeTest,
	},
	HCaptcha: {
		url: "https://api.hcaptcha.com/siteverify", maxToken: 8192, bogus: "doctor",
		build: buildHCaptcha, read: readSiteverify,
	},
	ReCaptcha: {
		url: "https://www.google.com/recaptcha/api/siteverify", maxToken: 8192, bogus: "doctor",
		build: buildSiteverify, read: readSiteverify, actions: true, scored: true,
	},
	Turnstile: {
		url: "https://challenges.cloudflare.com/turnstile/v0/siteverify", maxToken: 2048, bogus: "doctor",
		build: buildSiteverify, read: readSiteverify, actions: true,
	},
}

type (
	// row is all that a provider is.
	row struct {
		url      string
		maxToken int
		// bogus has the form of a token and is none; doctor asks about it.
		bogus string
		// build makes the question of a token, or reports that it cannot be one.
		build func(o Options, token string, client netip.Addr) (question, bool)
		// read reads the body of an answer, or reports that it holds no verdict.
		read func(body []byte) (answer, bool)
		// actions: a token may name the action it was earned for.
		actions bool
		// scored: a success has a score, the higher the better. hCaptcha's score
		// is of risk and means the opposite, so it is not looked at.
		scored bool
	}

	question struct{ query, form url.Values }

	answer struct {
		solved bool
		// trouble says why this is no verdict on the token: our keys, or the
		// provider's own failure.
		trouble          string
		hostname, action string
		score            *float64
	}
)

// What trouble an answer may tell of.
const (
	badSecret  = "it does not take the secret"
	badSiteKey = "it does not know the site key"
	ownFailure = "it reports a failure of its own"
)

// Providers lists the providers.
func Providers() []string { return slices.Sorted(maps.Keys(rows)) }

// BogusToken has the form of a token of the provider and was never earned.
func BogusToken(provider string) string { return rows[provider].bogus }
