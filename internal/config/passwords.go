package config

import (
	"net/url"
	"strings"
)

type (
	// Passwords is about the passwords that users choose.
	Passwords struct {
		Breached Breached
	}

	// Breached is the list of breached passwords that a new one is looked for in.
	Breached struct {
		// Enabled has the list asked whenever a password is set.
		Enabled bool `json:",optional"`
		// Url is where the list answers range queries; five digits are appended as a path.
		Url string `json:",default=https://api.pwnedpasswords.com/range"`
		// OnError is allow or refuse, while the list gives no answer.
		OnError string `json:",default=allow"`
		// Timeout bounds one question, 1 to 10 s and less than a request may take.
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
		k.add(path+"Url", "must be as https://api.pwnedpasswords.com/range, without user, query and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		k.add(path+"Url", "must be https (http only to loopback): who listens in learns which few hundred passwords one is among")
	}
}
