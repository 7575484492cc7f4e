package captcha

import (
	"encoding/json"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// The providers.
const (
	GeeTest   = "geetest"
	HCaptcha  = "hcaptcha"
	ReCaptcha = "recaptcha"
	Turnstile = "turnstile"
)

// rows describes the providers. Turnstile documents the maximum token length; hCaptcha's were seen
// above 4000 bytes, and GeeTest's four values have about 600.
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
	// row describes a provider.
	row struct {
		url      string
		maxToken int
		// bogus is a well-formed invalid token, used by doctor.
		bogus string
		// build returns the request for a token, or false for a malformed token.
		build func(o Options, token string, client netip.Addr) (question, bool)
		// read parses the body of a response, or returns false if it has no result.
		read func(body []byte) (answer, bool)
		// actions means that a token may have an action.
		actions bool
		// scored means that a valid token has a score, higher being better. hCaptcha's score is a
		// risk with the opposite meaning, so it is ignored.
		scored bool
	}

	question struct{ query, form url.Values }

	answer struct {
		solved bool
		// trouble is why the response says nothing about the token: our keys, or a failure of the
		// provider.
		trouble          string
		hostname, action string
		score            *float64
	}
)

// Values of answer.trouble.
const (
	badSecret  = "the secret is wrong"
	badSiteKey = "the site key is unknown"
	ownFailure = "the provider reports an internal error"
)

// Providers returns the names of all providers.
func Providers() []string { return slices.Sorted(maps.Keys(rows)) }

// BogusToken returns a well-formed token of the provider that was never issued.
func BogusToken(provider string) string { return rows[provider].bogus }

// buildSiteverify returns the request format introduced by reCAPTCHA.
func buildSiteverify(o Options, token string, client netip.Addr) (question, bool) {
	form := url.Values{"secret": {o.Secret}, "response": {token}}
	if client.IsValid() {
		form.Set("remoteip", client.String())
	}
	return question{form: form}, true
}

// buildHCaptcha adds the site key, which hCaptcha compares with the token's, because its secrets
// belong to a whole account.
func buildHCaptcha(o Options, token string, client netip.Addr) (question, bool) {
	q, ok := buildSiteverify(o, token, client)
	q.form.Set("sitekey", o.SiteKey)
	return q, ok
}

// readSiteverify parses the fields that the three providers share.
func readSiteverify(body []byte) (answer, bool) {
	var r struct {
		Success    *bool    `json:"success"`
		Hostname   string   `json:"hostname"`
		Action     string   `json:"action"`
		Score      *float64 `json:"score"`
		ErrorCodes []string `json:"error-codes"`
	}
	if json.Unmarshal(body, &r) != nil || r.Success == nil {
		return answer{}, false
	}
	a := answer{solved: *r.Success, hostname: r.Hostname, action: r.Action, score: r.Score}
	switch {
	case slices.ContainsFunc(r.ErrorCodes, func(code string) bool { return strings.HasSuffix(code, "-input-secret") }):
		a.trouble = badSecret
	case slices.Contains(r.ErrorCodes, "internal-error"):
		a.trouble = ownFailure
	}
	return a, true
}
