package address

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"user-api/internal/apperr"
)

// maxPhoneInput bounds what the parser is given, in bytes.
const maxPhoneInput = 64

// unreachable are the kinds of number that receive no text or cost the caller
// money; they are refused before anything is sent.
var unreachable = map[phonenumbers.PhoneNumberType]bool{
	phonenumbers.PREMIUM_RATE: true,
	phonenumbers.TOLL_FREE:    true,
	phonenumbers.SHARED_COST:  true,
	phonenumbers.PAGER:        true,
	phonenumbers.UAN:          true,
	phonenumbers.VOICEMAIL:    true,
	// Calls to +44 70 and its like cost what a call to a premium number does.
	phonenumbers.PERSONAL_NUMBER: true,
}

// costly are the networks of phones in orbit, at some dollars a message (Inmarsat,
// Iridium and Globalstar, EMSAT, Thuraya), and personal numbers of the whole world.
var costly = []string{"+870", "+881", "+88213", "+88216", "+878"}

// magic begins Twilio's numbers for tests, which are personal ones on paper and
// reach nobody.
const magic = "+1500555"

// Policy says to which numbers codes are sent at all; what can reach nobody, or
// costs the one who is called, ParsePhone has refused before.
type Policy struct {
	// Regions are the countries; empty means all. RegionNone is never meant
	// unless it is named.
	Regions []string
	// VoIP allows numbers of VoIP services, which are cheap to own by the thousand.
	VoIP bool
}

// Admit returns nil for an address that codes are sent to. Fails with
// apperr.RegionNotAllowed or InvalidPhone. E-mail addresses are none of its
// business.
func (p Policy) Admit(a Address) error {
	named := slices.Contains(p.Regions, a.region)
	switch {
	case a.kind != KindPhone:
		return nil
	case !named && (len(p.Regions) > 0 || a.region == RegionNone):
		return apperr.New(apperr.RegionNotAllowed).WithField("phone")
	case a.voip && !p.VoIP && a.region != RegionNone:
		return apperr.New(apperr.InvalidPhone).WithField("phone")
	}
	return nil
}

// KnownRegion reports whether region is, in any case, an ISO 3166 country with
// phone numbers.
func KnownRegion(region string) bool {
	return phonenumbers.GetCountryCodeForRegion(upper(region)) != 0
}

// ParsePhone reads a number as people write it: international, or national
// together with its region, in any case. Digits of any script and invisible characters are
// folded as far as libphonenumber knows them; letters and extensions are refused. Fails with apperr.InvalidPhone.
func ParsePhone(raw, region string) (Address, error) {
	invalid := func() (Address, error) {
		return Address{}, apperr.New(apperr.InvalidPhone).WithField("phone")
	}
	if len(raw) > maxPhoneInput {
		return invalid()
	}
	raw = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, raw)
	if strings.ContainsFunc(raw, unicode.IsLetter) {
		return invalid()
	}
	parsed, err := phonenumbers.Parse(raw, upper(region))
	if err != nil || parsed.GetExtension() != "" {
		return invalid()
	}
	given, kind := phonenumbers.Format(parsed, phonenumbers.E164), phonenumbers.GetNumberType(parsed)
	value, spelled := renumber(given)
	if value != given {
		if today, err := phonenumbers.Parse(value, ""); err == nil && phonenumbers.IsValidNumber(today) {
			parsed, kind = today, phonenumbers.GetNumberType(today)
		}
	}
	if kind == phonenumbers.UNKNOWN { // by which libphonenumber means that the number is not valid
		return invalid()
	}
	if unreachable[kind] && !strings.HasPrefix(value, magic) || isCostly(value) {
		return invalid()
	}
	return number(value, spelled, phonenumbers.GetRegionCodeForNumber(parsed), kind == phonenumbers.VOIP), nil
}

// upper spells a region as libphonenumber has it. Only two ASCII letters are one:
// elsewhere upper case may be ASCII where lower case is not.
func upper(region string) string {
	if len(region) != 2 {
		return region
	}
	return strings.ToUpper(region)
}

func isCostly(e164 string) bool {
	return slices.ContainsFunc(costly, func(prefix string) bool { return strings.HasPrefix(e164, prefix) })
}

// Masked keeps what lets the owner recognise the address and nobody else use it:
// the country code and the last two digits, or the first letter and the domain. It is
// of the spelling that was given, and so tells an asker nothing that is kept.
func (a Address) Masked() string {
	switch a.kind {
	case KindPhone:
		keep := 3
		if code := phonenumbers.GetCountryCodeForRegion(a.region); code != 0 {
			keep = 1 + len(strconv.Itoa(code))
		}
		text := a.Spelled()
		hidden := len(text) - keep - 2
		if hidden < 1 { // no number is so short, but what is kept is not judged
			return strings.Repeat("*", len(text))
		}
		return text[:keep] + strings.Repeat("*", hidden) + text[keep+hidden:]
	case KindEmail:
		at := strings.LastIndexByte(a.value, '@')
		if at < 1 {
			return "***"
		}
		return a.value[:1] + "***" + a.value[at:]
	default:
		return ""
	}
}
