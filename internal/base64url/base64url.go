// Package base64url reads and writes tokens, ids and what was sealed, each in one spelling.
// The decoder of encoding/base64 passes over line breaks, even where it is strict: what was
// used up could come again with one in it, and be another text.
package base64url

import (
	"encoding/base64"
	"strings"
)

// Encoding is base64url without padding.
type Encoding struct{ *base64.Encoding }

// Strict refuses a second spelling of the same bytes. Its Decode still passes over line
// breaks.
var Strict = Encoding{base64.RawURLEncoding.Strict()}

// DecodeString reads what EncodeToString has written, and nothing else.
func (e Encoding) DecodeString(text string) ([]byte, error) {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return e.Encoding.DecodeString(text)
}
