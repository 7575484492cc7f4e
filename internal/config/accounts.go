package config

import (
	"regexp"
	"slices"
)

// Special values in Accounts.ReservedNames.
const (
	// ReservedDefault stands for the built-in list.
	ReservedDefault = "+default"
	// ReservedOff, as the only element, reserves nothing.
	ReservedOff = "off"
)

var reservedName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// The values of Accounts.SignUp.
const (
	SignUpOpen   = "open"
	SignUpInvite = "invite"
	SignUpClosed = "closed"
)

// The values of Reset.Both.
const (
	ResetOff     = "off"
	ResetRequire = "require"
	ResetDelay   = "delay"
)

const maxDormantDays = 3650

// The range of Accounts.AnonymousLife, in seconds.
const (
	minAnonymous = 3600
	maxAnonymous = 366 * 86400
)

type (
	// Accounts configures what accounts may be and how long they may be unused.
	Accounts struct {
		// DormantAfter is the number of days without a sign-in after which a code to the
		// phone number alone no longer suffices if the user has another factor: 0 to 3650;
		// 0 disables it.
		DormantAfter int `json:",default=180"`
		// SignUp decides who may create an account: open allows anyone, invite requires an
		// invite, closed allows no one.
		SignUp string `json:",default=open"`
		// ReservedNames lists usernames that nobody may take. An empty list means the
		// built-in one; ReservedDefault among the elements adds to it, otherwise the
		// elements replace it.
		ReservedNames []string `json:",optional"`
		// Anonymous enables POST /user/anonymous: it creates a user without any identifier,
		// whose session is the only credential.
		Anonymous bool `json:",optional"`
		// AnonymousCaptcha requires a captcha for each anonymous user. Captcha must be
		// configured.
		AnonymousCaptcha bool `json:",optional"`
		// AnonymousLife is how long a user may stay anonymous, from 3600 (an hour) to
		// 31622400 s (a year). Users without a sign-in method by then are erased.
		AnonymousLife Seconds `json:",default=2592000"`
	}

	// Reset configures password resets by code.
	Reset struct {
		// Both is the policy for accounts with two addresses: off requires a code to
		// either, require codes to both; with delay, a password set with one code takes
		// effect after 24 hours.
		Both string `json:",default=off"`
	}
)

func (a Accounts) check(k *checker, captcha bool) {
	k.option("Accounts.SignUp", a.SignUp, SignUpOpen, SignUpInvite, SignUpClosed)
	k.between("Accounts.DormantAfter", int64(a.DormantAfter), 0, maxDormantDays, "days")
	k.between("Accounts.AnonymousLife", int64(a.AnonymousLife), minAnonymous, maxAnonymous, "seconds")
	if a.AnonymousCaptcha && !captcha {
		k.add("Accounts.AnonymousCaptcha", "must not be true while Captcha.Provider is off: nobody could solve a captcha")
	}
	for i, name := range a.ReservedNames {
		switch key := element("Accounts.ReservedNames", i); {
		case name == ReservedOff && len(a.ReservedNames) > 1:
			k.add(key, "must be alone: off reserves nothing")
		case name != ReservedDefault && !reservedName.MatchString(name):
			k.add(key, "must have 1 to 64 of a-z 0-9 . _ -, or be +default or off, is %q", name)
		case slices.Index(a.ReservedNames, name) < i:
			k.add(key, "is given twice")
		}
	}
}

func (r Reset) check(k *checker) {
	k.option("Reset.Both", r.Both, ResetOff, ResetRequire, ResetDelay)
}
