package address

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"user-api/internal/apperr"
)

// localPart is RFC 5322's dot-atom in ASCII. Quoted local parts and SMTPUTF8 are refused:
// hardly any mailbox has them, and they invite header injection.
var localPart = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")

// carrierLocalPart is what docomo and au permitted until 2009: adjacent dots, and a dot before
// the @. Such an address is sent to in quotes.
var carrierLocalPart = regexp.MustCompile("^[A-Za-z0-9_-][A-Za-z0-9._-]*$")

// carriers are the domains of those addresses, including subdomains.
var carriers = regexp.MustCompile(`(^|\.)(docomo|ezweb)\.ne\.jp$`)

// domainPart is two or more DNS labels in ASCII. The last one begins with a letter, as every
// top-level domain does; a name that ends in a number is an IP address.
var domainPart = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

// ParseEmail parses one bare address of at most 254 bytes (RFC 5321). Nothing is trimmed. Both
// parts are lower-cased, the domain in IDNA form. It fails with apperr.InvalidEmail.
func ParseEmail(raw string) (Address, error) {
	invalid := func() (Address, error) {
		return Address{}, apperr.New(apperr.InvalidEmail).WithField("email")
	}
	at := strings.LastIndexByte(raw, '@')
	if at < 1 || at > 64 || len(raw) > 254 || !utf8.ValidString(raw) {
		return invalid()
	}
	domain, err := idna.Lookup.ToASCII(raw[at+1:])
	if err != nil {
		return invalid()
	}
	// The ASCII form must be stable: some results of ToASCII are not valid input.
	if again, err := idna.Lookup.ToASCII(domain); err != nil || again != domain {
		return invalid()
	}
	local := raw[:at]
	value := strings.ToLower(local) + "@" + domain
	// The local part is checked before lower-casing, which turns some non-ASCII letters into
	// ASCII.
	wellFormed := localPart.MatchString(local) || carriers.MatchString(domain) && carrierLocalPart.MatchString(local)
	if len(value) > 254 || !wellFormed || !domainPart.MatchString(domain) {
		return invalid()
	}
	return Address{kind: KindEmail, value: value}, nil
}
