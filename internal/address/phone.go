package address

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"user-api/internal/apperr"
)

// maxPhoneInput bounds the parser's input, in bytes.
const maxPhoneInput = 64

// unreachable are the kinds of numbers that cannot receive a text, or that cost the called or the
// calling party money. They are refused before anything is sent.
var unreachable = map[phonenumbers.PhoneNumberType]bool{
	phonenumbers.PREMIUM_RATE: true,
	phonenumbers.TOLL_FREE:    true,
	phonenumbers.SHARED_COST:  true,
	phonenumbers.PAGER:        true,
	phonenumbers.UAN:          true,
	phonenumbers.VOICEMAIL:    true,
	// Calls to +44 70 and similar numbers cost as much as calls to premium numbers.
	phonenumbers.PERSONAL_NUMBER: true,
}

// costly are the networks of satellite phones, which cost several dollars per message (Inmarsat,
// Iridium and Globalstar, EMSAT, Thuraya), and universal personal numbers.
var costly = []string{"+870", "+881", "+88213", "+88216", "+878"}

// magic begins Twilio's test numbers, which are formally personal numbers and reach nobody.
const magic = "+1500555"

// Policy says to which numbers codes are sent. ParsePhone has already refused numbers that
// cannot be reached or are costly.
type Policy struct {
	// Regions are the permitted countries; empty means all. RegionNone must be listed
	// explicitly.
	Regions []string
	// VoIP permits numbers of VoIP services, which are cheap to obtain by the thousand.
	VoIP bool
}

// Admit returns nil if codes may be sent to the address. It fails with apperr.RegionNotAllowed or
// InvalidPhone. It admits all e-mail addresses.
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

// KnownRegion reports whether region, in any case, is an ISO 3166 country with phone numbers.
func KnownRegion(region string) bool {
	return phonenumbers.GetCountryCodeForRegion(upper(region)) != 0
}

// ParsePhone parses a number as people write it: international, or national together with its
// region, in any case. It accepts the digits of other scripts and invisible characters that
// libphonenumber knows, but no letters and extensions. It fails with apperr.InvalidPhone.
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
	if kind == phonenumbers.UNKNOWN { // libphonenumber's value for an invalid number
		return invalid()
	}
	if unreachable[kind] && !strings.HasPrefix(value, magic) || isCostly(value) {
		return invalid()
	}
	return number(value, spelled, phonenumbers.GetRegionCodeForNumber(parsed), kind == phonenumbers.VOIP), nil
}

// upper returns a region in upper case. It only converts two-letter texts, because the upper
// case of a non-ASCII text may be ASCII.
func upper(region string) string {
	if len(region) != 2 {
		return region
	}
	return strings.ToUpper(region)
}

func isCostly(e164 string) bool {
	return slices.ContainsFunc(costly, func(prefix string) bool { return strings.HasPrefix(e164, prefix) })
}

// Masked returns the address with what its owner recognises and nobody else can use: the
// country code and the last two digits, or the first letter and the domain. It masks the given
// spelling, so it discloses nothing that is stored.
func (a Address) Masked() string {
	switch a.kind {
	case KindPhone:
		keep := 3
		if code := phonenumbers.GetCountryCodeForRegion(a.region); code != 0 {
			keep = 1 + len(strconv.Itoa(code))
		}
		text := a.Spelled()
		hidden := len(text) - keep - 2
		if hidden < 1 { // no valid number is so short, but stored ones are not checked
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
