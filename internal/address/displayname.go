package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"user-api/internal/apperr"
)

// maxDisplayName is in characters, as Unicode counts them: code points of the name in NFC.
const maxDisplayName = 64

// assigned are the categories of characters that mean something. The rest is not
// assigned, or for private use.
var assigned = []*unicode.RangeTable{unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs, unicode.Cf}

// turns are the characters that turn the direction of text around, beyond the name
// itself: embeddings, overrides and isolates.
var turns = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x202a, Hi: 0x202e, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1}}}

// blank are the characters that show nothing although they are letters or symbols:
// fillers of Hangul, and the empty pattern of Braille.
var blank = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x115f, Hi: 0x1160, Stride: 1}, {Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0x3164, Hi: 0x3164, Stride: 1}, {Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
}}

// ParseDisplayName reads the name by which a user wants to be shown. It returns it in
// Unicode NFC and without the white space around it; "" is no name. Names of different
// users may be the same, or look so. Fails with apperr.InvalidRequest for the field
// displayName.
func ParseDisplayName(text string) (string, error) {
	name := norm.NFC.String(strings.TrimSpace(text))
	shown := false
	for _, c := range name {
		switch {
		case unicode.Is(turns, c):
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
