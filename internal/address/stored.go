package address

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// e164 is the syntax of a number, of whatever plan.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Stored is an address that is kept, with its kind beside it. It was judged when it
// came in, and is taken as it stands: today's plans and rules are for what comes in
// today. What they say of it, country and kind of line, is told as far as they do.
func Stored(kind Kind, text string) Address {
	if text == "" {
		return Address{}
	}
	if kind != KindPhone {
		return Address{kind: kind, value: text}
	}
	value, spelled := renumber(text)
	region, voip := placeOf(value)
	return number(value, spelled, region, voip)
}

// ParseHeld reads a number that ParsePhone may refuse, to look for whoever has it:
// any text of E.164's form, as it stands. ok is false for all else.
func ParseHeld(raw string) (a Address, ok bool) {
	if !e164.MatchString(raw) {
		return Address{}, false
	}
	return Stored(KindPhone, raw), true
}

// InPlan reports whether today's plans know a number, in any of its spellings. Other
// addresses have no plan, and are in it.
func (a Address) InPlan() bool {
	if a.kind != KindPhone {
		return true
	}
	parsed, err := phonenumbers.Parse(a.value, "")
	return err == nil && phonenumbers.GetNumberType(parsed) != phonenumbers.UNKNOWN
}

// Dear reports whether today's plans say of a number that it is of a kind that
// ParsePhone refuses for what a message to it costs.
func (a Address) Dear() bool {
	parsed, err := phonenumbers.Parse(a.value, "")
	return isCostly(a.value) || err == nil && unreachable[phonenumbers.GetNumberType(parsed)]
}

// Spelled is the spelling to which messages go: that which was given or is kept, unless
// its plan has ended it.
func (a Address) Spelled() string { return cmp.Or(a.spelled, a.value) }

// Spellings are all texts under which the address may be kept, Spelled first and then
// Canonical. There is one, but for the numbers of Plans.
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

// Is reports whether a text that is kept under the kind of a is a, in any spelling.
func (a Address) Is(text string) bool {
	return text != "" && (text == a.value || a.kind == KindPhone && Renumbered(text) == a.value)
}

// Same reports whether both are one address, in whatever spelling.
func (a Address) Same(b Address) bool { return a.kind == b.kind && a.value == b.value }

// placeOf is what today's plans say of a number: its region, or that of its country
// code where they do not know it, and whether it is a VoIP number.
func placeOf(number string) (region string, voip bool) {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return RegionNone, false
	}
	if region = phonenumbers.GetRegionCodeForNumber(parsed); region == "" {
		region = phonenumbers.GetRegionCodeForCountryCode(int(parsed.GetCountryCode()))
	}
	return strings.Replace(region, phonenumbers.UNKNOWN_REGION, RegionNone, 1), phonenumbers.GetNumberType(parsed) == phonenumbers.VOIP
}
