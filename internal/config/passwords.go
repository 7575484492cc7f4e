package config

import (
	"net/url"
	"strings"
)

type (
	// Passwords configures the rules for new passwords.
	Passwords struct {
		Breached Breached
	}

	// Breached configures the lookup of new passwords in a list of breached ones.
	Breached struct {
		// Enabled looks up every new password.
		Enabled bool `json:",optional"`
		// Url is the URL for range queries; five hex digits are appended as a path segment.
		Url string `json:",default=https://api.pwnedpasswords.com/range"`
		// OnError is allow or refuse: what to do while the list is unavailable.
		OnError string `json:",default=allow"`
		// Timeout limits one lookup: 1 to 10 s, and less than the request timeout.
		Timeout Seconds `json:",default=2"`
	}
)

func (b Breached) check(k *checker, request Seconds) {
	const path = "Passwords.Breached."
	k.option(path+"OnError", b.OnError, OnFailureAllow, OnFailureRefuse)
	k.between(path+"Timeout", int64(b.Timeout), 1, 10, "seconds")
	if !b.Enabled {
		return
	}
	if b.Timeout >= request {
		k.add(path+"Timeout", "must be less than Timeout, %d seconds, is %d", request, b.Timeout)
	}
	u, err := url.Parse(b.Url)
	switch {
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(b.Url, "?#"):
		k.add(path+"Url", "must look like https://api.pwnedpasswords.com/range, without user, query and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		k.add(path+"Url", "must be https (http only to loopback): an eavesdropper could narrow a password down to a few hundred")
	}
}
