package config

import (
	"regexp"
	"slices"
)

// Words in Accounts.ReservedNames.
const (
	// ReservedDefault stands for the built-in list.
	ReservedDefault = "+default"
	// ReservedOff, alone, reserves nothing.
	ReservedOff = "off"
)

var reservedName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Who may become a user.
const (
	SignUpOpen   = "open"
	SignUpInvite = "invite"
	SignUpClosed = "closed"
)

// How a password is reset where an account has two addresses.
const (
	ResetOff     = "off"
	ResetRequire = "require"
	ResetDelay   = "delay"
)

const maxDormantDays = 3650

// Bounds of Accounts.AnonymousLife, in seconds.
const (
	minAnonymous = 3600
	maxAnonymous = 366 * 86400
)

type (
	// Accounts is about what accounts may be, and how long they may be unused.
	Accounts struct {
		// DormantAfter is for how many days a user may not have signed in before a
		// code to the number alone no longer admits, where there is another proof: 0
		// to 3650; 0 is for ever.
		DormantAfter int `json:",default=180"`
		// SignUp says who may become a user by himself: open is anybody, invite is who
		// shows an invite, closed is nobody.
		SignUp string `json:",default=open"`
		// ReservedNames are usernames that nobody may take. Empty means the built-in
		// list; ReservedDefault among others adds to it; without it they replace it.
		ReservedNames []string `json:",optional"`
		// Anonymous offers POST /user/anonymous: a user without any name, whose session
		// is the one proof there is.
		Anonymous bool `json:",optional"`
		// AnonymousCaptcha demands a captcha for each, which Captcha must be set up for.
		AnonymousCaptcha bool `json:",optional"`
		// AnonymousLife is for how long a user may stay anonymous, from 3600 (an hour)
		// to 31622400 s (a year): whoever has no way in by then is erased.
		AnonymousLife Seconds `json:",default=2592000"`
	}

	// Reset is about passwords that are reset by code.
	Reset struct {
		// Both says what an account with two addresses needs: off is a code to
		// either, require is codes to both, and with delay a new password by one
		// code takes effect after 24 hours.
		Both string `json:",default=off"`
	}
)

func (a Accounts) check(k *checker, captcha bool) {
	k.option("Accounts.SignUp", a.SignUp, SignUpOpen, SignUpInvite, SignUpClosed)
	k.between("Accounts.DormantAfter", int64(a.DormantAfter), 0, maxDormantDays, "days")
	k.between("Accounts.AnonymousLife", int64(a.AnonymousLife), minAnonymous, maxAnonymous, "seconds")
	if a.AnonymousCaptcha && !captcha {
		k.add("Accounts.AnonymousCaptcha", "must not be true while Captcha.Provider is off: nobody could solve one")
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
