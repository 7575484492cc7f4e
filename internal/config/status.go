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
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || !strings.HasPrefix(u.Path, "/") || strings.ContainsAny(text, "?#") || len(text) > maxCallbackUrl:
		k.add(key, "must be as https://auth.example.com/webhook/twilio/status, without user, query and fragment, of at most %d characters", maxCallbackUrl)
	case u.Scheme != "https" && (u.Scheme != "http" || k.pro && !isLoopback(u.Hostname())):
		k.add(key, "must be https (http only to loopback, or outside pro), is %q", text)
	}
	if t.AuthToken == "" {
		k.add(path+"AuthToken", "is missing, set TWILIO_AUTH_TOKEN: StatusCallbackUrl is signed with it")
	}
}
