package captcha

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

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
