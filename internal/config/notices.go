package config

import (
	"net/url"
)

// maxResetURL is far more than fits into a text message.
const maxResetURL = 500

// Notices configures the notifications to account owners.
type Notices struct {
	// PerAddress is the limit per address, COUNT/SECONDS as in RateLimit. Half of it is
	// reserved for notices about reset passwords and changed addresses.
	PerAddress string `json:",default=10/86400"`
	// NewSignIn enables notices about sign-ins from a new network.
	NewSignIn bool `json:",optional"`
	// ResetUrl is the page for resetting the password, mentioned in notices that recommend
	// it; empty means none.
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
	switch {
	case err != nil || u.Host == "" || u.User != nil || !isPlainASCII(n.ResetUrl) || len(n.ResetUrl) > maxResetURL:
		k.add("Notices.ResetUrl", "must look like https://login.example.com/reset, of at most %d ASCII characters without user and white space", maxResetURL)
	case u.Scheme != "https" && (u.Scheme != "http" || k.pro && !isLoopback(u.Hostname())):
		k.add("Notices.ResetUrl", "must be https (http only to loopback, or outside pro), is %q", n.ResetUrl)
	}
}
