// Package address holds the values people are known by: phone numbers, e-mail
// addresses and usernames. A value of these types went through its constructor,
// so it is canonical: two spellings of one number are one value, and everything
// that stores or compares addresses does so by this form only; what counts them goes
// by Counted.
//
// The constructors that begin with Parse judge what comes in. What was taken once is
// read by Stored, which judges nothing: numbering plans change, and whose number has
// left its plan is still that user.
//
// String masks, so that a value can be logged; Canonical tells the whole.
package address

import (
	"strings"

	"user-api/internal/apperr"
)

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
		kind  Kind
		value string
		// spelled is where messages go; empty where that is value.
		spelled string
		region  string
		voip    bool
	}
)

// Parse reads a number, national ones by their region, or an e-mail address, which
// alone has an @. Fails with apperr.InvalidPhone or InvalidEmail.
func Parse(raw, region string) (Address, error) {
	if strings.Contains(raw, "@") {
		return ParseEmail(raw)
	}
	return ParsePhone(raw, region)
}

// Restore rebuilds an address from its Record, or from what the first release sealed
// in the place of one: the canonical form, of which an e-mail address alone has an @.
// Fails for "".
func Restore(record string) (Address, error) {
	if region, spelled, ok := strings.Cut(record, recordMark); ok {
		spelled, voip := strings.CutSuffix(spelled, recordMark)
		return number(Renumbered(spelled), spelled, region, voip), nil
	}
	switch {
	case record == "":
		return Address{}, apperr.New(apperr.Internal)
	case strings.Contains(record, "@"):
		return Stored(KindEmail, record), nil
	}
	return Stored(KindPhone, record), nil
}

func number(value, spelled, region string, voip bool) Address {
	if spelled == value {
		spelled = ""
	}
	return Address{kind: KindPhone, value: value, spelled: spelled, region: region, voip: voip}
}

// Canonical is the one spelling: E.164 for a phone, as its plan is today, and lower
// case for an e-mail.
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
// of a number is the dearest thing about it. It tells the kind: what has no mark is an
// e-mail address. It is for what is sealed: Restore believes it.
func (a Address) Record() string {
	switch {
	case a.kind != KindPhone:
		return a.value
	case a.voip:
		return a.region + recordMark + a.Spelled() + recordMark
	default:
		return a.region + recordMark + a.Spelled()
	}
}

// GoString is Masked, as String is: no verb of package fmt prints an address.
func (a Address) GoString() string { return a.Masked() }

// String is Masked.
func (a Address) String() string { return a.Masked() }
