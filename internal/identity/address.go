// Package identity holds the values people are known by: phone numbers, e-mail
// addresses and usernames. A value of these types went through its constructor,
// so it is canonical: two spellings of one number are one value, and everything
// that counts, stores or compares addresses does so by this form only.
//
// String masks, so that a value can be logged; Canonical tells the whole.
package identity

import "strings"

// Kinds of address a code can be sent to.
const (
	KindPhone Kind = "phone"
	KindEmail Kind = "email"
)

// RegionNone is the region of a number of no country: of an international
// network, a satellite phone or a service.
const RegionNone = "001"

const (
	// recordMark is in no canonical form.
	recordMark = " "

	// blockDigits are the last digits of a number that its block leaves open.
	blockDigits = 3
)

type (
	// Kind says what an Address is.
	Kind string

	// Address is where a one-time code goes: a phone number or an e-mail address.
	Address struct {
		kind   Kind
		value  string
		region string
		voip   bool
	}
)

// Restore rebuilds an address from its canonical form, or from its Record.
func Restore(text string) (Address, error) {
	if region, value, ok := strings.Cut(text, recordMark); ok {
		value, voip := strings.CutSuffix(value, recordMark)
		return Address{kind: KindPhone, value: value, region: region, voip: voip}, nil
	}
	if strings.HasPrefix(text, "+") && !strings.Contains(text, "@") {
		return ParsePhone(text, "")
	}
	return ParseEmail(text)
}

// Canonical is the one spelling: E.164 for a phone, lower case for an e-mail.
func (a Address) Canonical() string { return a.value }

// IsZero reports whether a was never constructed.
func (a Address) IsZero() bool { return a.value == "" }

// Block is a phone number without its last three digits, which it shares with a
// thousand numbers; empty for an e-mail address. It is to be kept no more in clear
// than the number.
func (a Address) Block() string {
	if a.kind != KindPhone {
		return ""
	}
	return a.value[:max(0, len(a.value)-blockDigits)]
}

// Kind says whether a is a phone or an e-mail address.
func (a Address) Kind() Kind { return a.kind }

// Region is the ISO 3166 country of a phone number, RegionNone for a number of no
// country, and empty for an e-mail address.
func (a Address) Region() string { return a.region }

// Parts are what an address is known by: its kind and its canonical form.
func (a Address) Parts() (kind, canonical string) { return string(a.kind), a.value }

// Record is all of the address in a form that Restore need not parse again, which
// of a number is the dearest thing about it. It is for what is sealed: Restore
// believes it.
func (a Address) Record() string {
	switch {
	case a.kind != KindPhone:
		return a.value
	case a.voip:
		return a.region + recordMark + a.value + recordMark
	default:
		return a.region + recordMark + a.value
	}
}

// GoString is Masked, as String is: no verb of package fmt prints an address.
func (a Address) GoString() string { return a.Masked() }

// String is Masked.
func (a Address) String() string { return a.Masked() }
