package identity

import (
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
}

// KnownRegion reports whether region is an ISO 3166 country with phone numbers.
func KnownRegion(region string) bool {
	return phonenumbers.GetCountryCodeForRegion(region) != 0
}

// ParsePhone reads a number as people write it: international, or national
// together with its region. Digits of any script and invisible characters are
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
	number, err := phonenumbers.Parse(raw, region)
	if err != nil || number.GetExtension() != "" || !phonenumbers.IsValidNumber(number) {
		return invalid()
	}
	if unreachable[phonenumbers.GetNumberType(number)] {
		return invalid()
	}
	return Address{
		kind:   KindPhone,
		value:  phonenumbers.Format(number, phonenumbers.E164),
		region: phonenumbers.GetRegionCodeForNumber(number),
	}, nil
}

// Masked keeps what lets the owner recognise the address and nobody else use it:
// the country code and the last two digits, or the first letter and the domain.
func (a Address) Masked() string {
	switch a.kind {
	case KindPhone:
		keep := 3
		if number, err := phonenumbers.Parse(a.value, ""); err == nil {
			keep = 1 + len(strconv.Itoa(int(number.GetCountryCode())))
		}
		return a.value[:keep] + strings.Repeat("*", len(a.value)-keep-2) + a.value[len(a.value)-2:]
	case KindEmail:
		at := strings.LastIndexByte(a.value, '@')
		return a.value[:1] + "***" + a.value[at:]
	default:
		return ""
	}
}
