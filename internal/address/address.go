// Package address holds the identifiers of people: phone numbers, e-mail addresses and
// usernames. Their constructors make them canonical: two spellings of a number are one value,
// and everything that stores or compares addresses uses that form. Limits use Counted.
//
// The constructors whose names begin with Parse validate input. Stored reads what was accepted
// before, without validation: numbering plans change, and a number that has left its plan still
// belongs to its user.
//
// String masks, so that a value can be logged; Canonical returns the whole value.
package address

import (
	"strings"

	"user-api/internal/apperr"
)

// The kinds of addresses.
const (
	KindPhone Kind = "phone"
	KindEmail Kind = "email"
)

// RegionNone is the region of a number that belongs to no country: of an international network, a
// satellite phone or a service.
const RegionNone = "001"

const (
	// recordMark occurs in no canonical form.
	recordMark = " "

	// blockDigits is the number of last digits that are not part of a block.
	blockDigits = 3
)

type (
	// Kind is the kind of an Address.
	Kind string

	// Address is the destination of a one-time code: a phone number or an e-mail address.
	Address struct {
		kind  Kind
		value string
		// spelled is the spelling for messages; empty if it is value.
		spelled string
		region  string
		voip    bool
	}
)

// Parse parses a number, national ones with their region, or an e-mail address, which is the
// only one with an @. It fails with apperr.InvalidPhone or InvalidEmail.
func Parse(raw, region string) (Address, error) {
	if strings.Contains(raw, "@") {
		return ParseEmail(raw)
	}
	return ParsePhone(raw, region)
}

// Restore returns the address of a Record, or of what the first release sealed in its place: the
// canonical form, where an @ means an e-mail address. It fails for "".
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

// Canonical returns the canonical spelling: E.164 by today's plan for a phone, lower case for an
// e-mail address.
func (a Address) Canonical() string { return a.value }

// IsZero reports whether a is the zero Address.
func (a Address) IsZero() bool { return a.value == "" }

// Block returns a phone number without its last three digits, a prefix that a thousand numbers
// share; empty for an e-mail address. It is as confidential as the number.
func (a Address) Block() string {
	if a.kind != KindPhone {
		return ""
	}
	return a.value[:max(0, len(a.value)-blockDigits)]
}

// Kind returns the kind of the address.
func (a Address) Kind() Kind { return a.kind }

// Region returns the ISO 3166 country of a phone number, RegionNone if it belongs to no
// country, and "" for an e-mail address.
func (a Address) Region() string { return a.region }

// Parts returns the kind and the canonical form.
func (a Address) Parts() (kind, canonical string) { return string(a.kind), a.value }

// Record returns the complete address in a form that Restore does not have to parse again,
// which is expensive for a number. A record without a mark is an e-mail address. Records must
// be sealed, because Restore trusts them.
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

// GoString returns Masked, like String: no verb of package fmt prints an address.
func (a Address) GoString() string { return a.Masked() }

// String returns Masked.
func (a Address) String() string { return a.Masked() }
