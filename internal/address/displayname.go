package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"user-api/internal/apperr"
)

// maxDisplayName is in characters: code points of the name in NFC.
const maxDisplayName = 64

// assigned are the categories of characters with a meaning. All others are unassigned or for
// private use.
var assigned = []*unicode.RangeTable{unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs, unicode.Cf}

// bidi are the characters that change the direction of text beyond the name itself: embeddings,
// overrides and isolates.
var bidi = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x202a, Hi: 0x202e, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1}}}

// blank are invisible characters that are formally letters or symbols: Hangul fillers and the
// blank Braille pattern.
var blank = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x115f, Hi: 0x1160, Stride: 1}, {Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0x3164, Hi: 0x3164, Stride: 1}, {Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
}}

// ParseDisplayName returns the name by which a user wants to be shown, in Unicode NFC and without
// surrounding white space; "" means no name. Names need not be unique. It fails with
// apperr.InvalidRequest for the field displayName.
func ParseDisplayName(text string) (string, error) {
	name := norm.NFC.String(strings.TrimSpace(text))
	shown := false
	for _, c := range name {
		switch {
		case unicode.Is(bidi, c):
			return "", badDisplayName("displayName must not have characters that turn the direction of text.")
		case !unicode.In(c, assigned...):
			return "", badDisplayName("displayName must not have control characters, line breaks, or characters without a meaning.")
		}
		shown = shown || unicode.In(c, unicode.L, unicode.N, unicode.P, unicode.S) && !unicode.Is(blank, c)
	}
	switch {
	case utf8.RuneCountInString(name) > maxDisplayName:
		return "", badDisplayName("displayName has 1 to 64 characters.")
	case text != "" && !shown:
		return "", badDisplayName("displayName must have a character that can be seen.")
	}
	return name, nil
}

func badDisplayName(detail string) error {
	return apperr.New(apperr.InvalidRequest).WithField("displayName").WithDetail(detail)
}
