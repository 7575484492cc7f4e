package config

import (
	"net/url"
	"strings"
	"unicode"
)

// maxResetURL is far more than a text message has room for.
const maxResetURL = 500

// Notices are about what the owner of an account is told.
type Notices struct {
	// PerAddress is for one address: COUNT/SECONDS, as RateLimit has it. Half of it
	// is kept for notices of reset passwords and changed addresses.
	PerAddress string `json:",default=10/86400"`
	// NewSignIn says whether sign-ins from a new network are told.
	NewSignIn bool `json:",optional"`
	// ResetUrl is the page where a password is reset, for notices that advise so;
	// empty means none.
	ResetUrl string `json:",optional"`
}

func (n Notices) check(k *checker) {
	k.rates("Notices.PerAddress", n.PerAddress, 100)
	rates, err := ParseRates(n.PerAddress)
	for _, r := range rates {
		if err == nil && r.Limit < 2 {
			k.add("Notices.PerAddress", "must count to at least 2, as half of it is kept for urgent notices, is %q", n.PerAddress)
		}
	}
	if n.ResetUrl == "" {
		return
	}
	u, err := url.Parse(n.ResetUrl)
	blank := strings.ContainsFunc(n.ResetUrl, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) || unicode.IsControl(r) })
	switch {
	case err != nil || u.Host == "" || u.User != nil || blank || len(n.ResetUrl) > maxResetURL:
		k.add("Notices.ResetUrl", "must be as https://login.example.com/reset, of at most %d ASCII characters without user and white space", maxResetURL)
	case u.Scheme != "https" && (u.Scheme != "http" || k.pro && !isLoopback(u.Hostname())):
		k.add("Notices.ResetUrl", "must be https (http only to loopback, or outside pro), is %q", n.ResetUrl)
	}
}
