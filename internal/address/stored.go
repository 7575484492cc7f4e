package address

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// e164 is the syntax of a number of any plan.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Stored returns a stored address of a kind. It was validated when it was stored, and is taken
// as it is: today's plans and rules apply to new input only. Region and kind of line are set if
// today's plans know them.
func Stored(kind Kind, text string) Address {
	if text == "" {
		return Address{}
	}
	if kind != KindPhone {
		return Address{kind: kind, value: text}
	}
	value, spelled := renumber(text)
	region, voip := regionOf(value)
	return number(value, spelled, region, voip)
}

// ParseUnchecked parses a number that ParsePhone may refuse, for a lookup of its owner: any
// text in E.164 form. ok is false for anything else.
func ParseUnchecked(raw string) (a Address, ok bool) {
	if !e164.MatchString(raw) {
		return Address{}, false
	}
	return Stored(KindPhone, raw), true
}

// InPlan reports whether today's plans know a number in any of its spellings. It is true for
// other addresses.
func (a Address) InPlan() bool {
	if a.kind != KindPhone {
		return true
	}
	parsed, err := phonenumbers.Parse(a.value, "")
	return err == nil && phonenumbers.GetNumberType(parsed) != phonenumbers.UNKNOWN
}

// IsCostly reports whether a number is of a kind that ParsePhone refuses because of its price.
func (a Address) IsCostly() bool {
	parsed, err := phonenumbers.Parse(a.value, "")
	return isCostly(a.value) || err == nil && unreachable[phonenumbers.GetNumberType(parsed)]
}

// Spelled returns the spelling for messages: the given or stored one, unless its plan has ended
// it.
func (a Address) Spelled() string { return cmp.Or(a.spelled, a.value) }

// Spellings returns all texts under which the address may be stored, Spelled first and then
// Canonical. Only numbers of Plans have more than one.
func (a Address) Spellings() []string {
	if a.IsZero() {
		return nil
	}
	all := []string{a.Spelled()}
	if a.kind != KindPhone {
		return all
	}
	for _, text := range append([]string{a.value}, olderThan(a.value)...) {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// Is reports whether a text stored under the kind of a is a, in any spelling.
func (a Address) Is(text string) bool {
	return text != "" && (text == a.value || a.kind == KindPhone && Renumbered(text) == a.value)
}

// Same reports whether both are the same address, in any spelling.
func (a Address) Same(b Address) bool { return a.kind == b.kind && a.value == b.value }

// regionOf returns what today's plans say about a number: its region, or that of its country
// code if the number is unknown, and whether it is a VoIP number.
func regionOf(number string) (region string, voip bool) {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return RegionNone, false
	}
	if region = phonenumbers.GetRegionCodeForNumber(parsed); region == "" {
		region = phonenumbers.GetRegionCodeForCountryCode(int(parsed.GetCountryCode()))
	}
	return strings.Replace(region, phonenumbers.UNKNOWN_REGION, RegionNone, 1), phonenumbers.GetNumberType(parsed) == phonenumbers.VOIP
}
