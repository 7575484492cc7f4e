package document

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// BadEscape reports whether valid JSON contains an escaped NUL or lone surrogate. In valid
// JSON a backslash occurs only inside strings, and \u is followed by four digits.
func BadEscape(data []byte) bool {
	for {
		i := bytes.IndexByte(data, '\\')
		if i < 0 {
			return false
		}
		data = data[i:]
		if data[1] != 'u' {
			data = data[2:]
			continue
		}
		r := hexRune(data[2:6])
		data = data[6:]
		if r == 0 {
			return true
		}
		if !utf16.IsSurrogate(r) {
			continue
		}
		if !bytes.HasPrefix(data, []byte(`\u`)) || utf16.DecodeRune(r, hexRune(data[2:6])) == utf8.RuneError {
			return true
		}
		data = data[6:]
	}
}

func hexRune(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits), 16, 16)
	return rune(n)
}
