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

// Bounds of a password, in code points of its NFC.
const (
	MinLen = 8
	MaxLen = 128
)

// The sentences a client is shown; none says which common password it was.
const (
	detailText   = "The password must be text without control characters."
	detailLength = "The password must have 8 to 128 characters."
	detailCommon = "The password is one of the commonest. Choose another."
	detailOwn    = "The password must not be your own username, phone number or e-mail address."
)

// commonList is explained in the file NOTICE. It was made without the repetitions
// and runs that are as common: isPattern stands for these.
//
//go:embed common.txt
var commonList string

const (
	longestCommon = 16 // characters; a longer repetition is a choice, not a habit
	longestUnit   = 4  // of a repetition: "12341234"
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

// Own are the names of who chooses a password: username, phone number (E.164) and
// e-mail address, each of which may be "".
type Own struct{ Username, Phone, Email string }

// Check reports whether password may be chosen by the user with these names. The error is apperr.WeakPassword
// with its reason as Detail; the caller names the field.
//
// The rules are those of NIST SP 800-63B: length and a list of what is guessed
// first, none about the kinds of characters. Only characters that no one means
// to type are refused, U+FFFD among them: decoders put it where they lost input,
// so that different passwords would become one.
func Check(password string, own Own) error {
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

// has reports whether password, folded, is one of the names, the local part of the
// e-mail address, or the phone number without its country code.
func (o Own) has(password string) bool {
	fold := func(name string) string { return strings.ToLower(Normalize(name)) }
	email := fold(o.Email)
	local, _, _ := strings.Cut(email, "@")
	// A national number begins with 0 in many countries.
	return password == fold(o.Username) || password == email || password == local ||
		o.Phone != "" && strings.HasSuffix(o.Phone, strings.TrimLeft(password, "0"))
}

// isPattern reports whether password, folded and at least MinLen long, repeats
// one to four characters or runs through the alphabet or the digits, either way.
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

// isUntypable sees bytes that are not UTF-8 as U+FFFD too.
func isUntypable(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }

func weak(reason string) error { return apperr.New(apperr.WeakPassword).WithDetail(reason) }
