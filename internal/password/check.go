package password

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"user-api/internal/apperr"
)

// Length limits in code points of the NFC.
const (
	MinLen = 8
	MaxLen = 128
)

// Messages for the client. None reveals which common password it was.
const (
	detailText   = "The password must be text without control characters."
	detailLength = "The password must have 8 to 128 characters."
	detailCommon = "The password is too common. Choose another."
	detailOwn    = "The password must not be your own username, phone number or e-mail address."
)

// commonList is described in the file NOTICE. It omits repetitions and sequences, which isPattern
// detects.
//
//go:embed common.txt
var commonList string

const (
	longestCommon = 16 // characters; a longer repetition is no longer common
	longestUnit   = 4  // of a repetition such as "12341234"
)

var (
	common = sync.OnceValue(func() map[string]struct{} {
		set := make(map[string]struct{}, 3000)
		for line := range strings.FieldsSeq(commonList) {
			set[line] = struct{}{}
		}
		return set
	})

	runs = []string{
		strings.Repeat("0123456789", 3),
		strings.Repeat("9876543210", 3),
		"abcdefghijklmnopqrstuvwxyz",
		"zyxwvutsrqponmlkjihgfedcba",
	}
)

// UserNames holds the user's username, phone number (E.164) and e-mail address, each of which may be "".
type UserNames struct{ Username, Phone, Email string }

// Check reports whether the user with these names may choose password. The error is
// apperr.WeakPassword with the reason as detail; the caller sets the field.
//
// The rules follow NIST SP 800-63B: a minimum length and a list of common passwords, but no rules
// about kinds of characters. It rejects only characters that nobody types intentionally. U+FFFD is
// among them: decoders insert it where input was lost, which would make different passwords equal.
func Check(password string, own UserNames) error {
	if strings.ContainsFunc(password, isUntypable) {
		return weak(detailText)
	}
	password = Normalize(password)
	if n := utf8.RuneCountInString(password); n < MinLen || n > MaxLen {
		return weak(detailLength)
	}
	folded := strings.ToLower(password)
	if _, found := common()[folded]; found || isPattern(folded) {
		return weak(detailCommon)
	}
	if own.has(folded) {
		return weak(detailOwn)
	}
	return nil
}

// has reports whether password, in lower case, is one of the names, the local part of the e-mail
// address, or the phone number without its country code.
func (o UserNames) has(password string) bool {
	fold := func(name string) string { return strings.ToLower(Normalize(name)) }
	email := fold(o.Email)
	local, _, _ := strings.Cut(email, "@")
	// National numbers start with 0 in many countries.
	return password == fold(o.Username) || password == email || password == local ||
		o.Phone != "" && strings.HasSuffix(o.Phone, strings.TrimLeft(password, "0"))
}

// isPattern reports whether password, in lower case and at least MinLen long, repeats one to four
// characters or is a sequence of letters or digits in either direction.
func isPattern(password string) bool {
	s := []rune(password)
	if len(s) > longestCommon {
		return false
	}
	for unit := 1; unit <= longestUnit; unit++ {
		if slices.Equal(s[unit:], s[:len(s)-unit]) {
			return true
		}
	}
	return slices.ContainsFunc(runs, func(run string) bool { return strings.Contains(run, password) })
}

// isUntypable also matches invalid UTF-8, which decodes to U+FFFD.
func isUntypable(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }

func weak(reason string) error { return apperr.New(apperr.WeakPassword).WithDetail(reason) }
