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

// Accounts is about what accounts may be.
type Accounts struct {
	// ReservedNames are usernames that nobody may take. Empty means the built-in
	// list; ReservedDefault among others adds to it; without it they replace it.
	ReservedNames []string `json:",optional"`
}

func (a Accounts) check(k *checker) {
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
