package config

import (
	"net/url"
	"strings"
)

// maxCallbackUrl leaves room for a reference: with it a URL stays well below the
// 4000 characters that Twilio takes.
const maxCallbackUrl = 1000

// checkCallback demands the token that callbacks are signed with: an API key
// signs nothing. The URL is signed too, letter by letter.
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
