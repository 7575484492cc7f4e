package httpapi

import (
	"bytes"
	"math/bits"
	"unicode/utf8"
)

type (
	keyKind int

	// separator is the text between a key and its value.
	separator struct {
		len int
		// quotedKey means that the key was quoted, so this is JSON.
		quotedKey bool
		// quoted means that the value is quoted; depth is how deeply the JSON is nested in
		// strings.
		quoted bool
		depth  int
	}
)

const (
	keyNone keyKind = iota
	// keyScheme is an Authorization scheme, followed by a credential.
	keyScheme
	// keyCode has a numeric value.
	keyCode
	// keyPassword may have any value.
	keyPassword
)

var (
	blanks      = chars(" \t")
	signs       = chars(":=")
	brackets    = chars("[(")
	backslashes = chars(`\`)
	credentials = chars(alnumChars + "-._~+/=")
	numbers     = chars(digitChars + ".eE+-")
	// afterText are the characters that may follow a JSON string.
	afterText = chars(",}]:\\ \t\r\n")
	// enders end an unquoted value.
	enders = chars("\"'`\\ \t\r\n,;&()[]{}")
)

// redactValue masks the value that follows word if word is a key of a secret, and returns
// how many bytes of rest it consumed.
func redactValue(dst, word, rest []byte) ([]byte, int) {
	kind := kindOf(word)
	switch kind {
	case keyNone:
		return dst, 0
	case keyScheme:
		spaces := blanks.run(rest)
		n := credentials.run(rest[spaces:])
		if spaces == 0 || n < minSecret {
			return dst, 0
		}
		return append(append(dst, rest[:spaces]...), mask...), spaces + n
	}
	sep, ok := parseSeparator(rest)
	if !ok {
		return dst, 0
	}
	n := 0
	if kind == keyCode {
		n = codeLen(sep, rest[sep.len:])
	} else {
		n = secretLen(sep, rest[sep.len:])
	}
	if n == 0 {
		return dst, 0
	}
	dst = append(dst, rest[:sep.len]...)
	if sep.quotedKey && !sep.quoted {
		// An unquoted JSON value must be replaced with another valid one.
		return append(dst, "null"...), sep.len + n
	}
	return append(dst, mask...), sep.len + n
}

// kindOf classifies a key by its ending, so that newPassword and otp_code are recognized.
func kindOf(word []byte) keyKind {
	// The last letter alone rules out most words.
	switch word[len(word)-1] | 0x20 {
	case 'r', 'c':
		if endsIn(word, "bearer") || endsIn(word, "basic") {
			return keyScheme
		}
		if endsIn(word, "pepper") {
			return keyPassword
		}
	case 'd', 't':
		if endsIn(word, "password") || endsIn(word, "passwd") || endsIn(word, "secret") {
			return keyPassword
		}
	case 'p':
		if endsIn(word, "otp") {
			return keyCode
		}
	case 'e':
		if endsIn(word, "recoverycode") {
			return keyPassword
		}
		if endsIn(word, "code") && !isErrorCode(word) {
			return keyCode
		}
	}
	return keyNone
}

// isErrorCode reports whether key names an error or status code. These look like one-time
// codes but are needed to diagnose provider failures.
func isErrorCode(key []byte) bool {
	key = bytes.ToLower(key)
	return bytes.Contains(key, []byte("err")) || bytes.Contains(key, []byte("status"))
}

// endsIn compares case-insensitively; key must be in lower case.
func endsIn(word []byte, key string) bool {
	start := len(word) - len(key)
	return start >= 0 && bytes.EqualFold(word[start:], []byte(key))
}

// parseSeparator parses, at the start of s: the closing quote of the key, if any; ":" or
// "=" with blanks around it; an opening bracket, if any; the opening quote of the value, if
// any.
func parseSeparator(s []byte) (sep separator, ok bool) {
	var n, keyDepth int
	if n, keyDepth, sep.quotedKey = quote(s); sep.quotedKey {
		s = s[n:]
		sep.len = n
	}
	n = blanks.run(s)
	sign := signs.run(s[n:])
	if sign == 0 {
		return sep, false
	}
	n += sign
	n += blanks.run(s[n:])
	n += brackets.run(s[n:])
	s = s[n:]
	sep.len += n
	if n, sep.depth, sep.quoted = quote(s); sep.quoted {
		// This may instead be the quote that closes the string around the key: either it is
		// nested less deeply than the key's quote or, after an unquoted key, the next
		// character decides.
		if sep.depth < keyDepth || !sep.quotedKey && (n == len(s) || afterText[s[n]]) {
			return sep, false
		}
		sep.len += n
	}
	return sep, true
}

// quote parses a quote and the backslashes before it.
func quote(s []byte) (n, depth int, ok bool) {
	n = backslashes.run(s)
	if n == len(s) || s[n] != '"' {
		return 0, 0, false
	}
	return n + 1, quoteDepth(n), true
}

// quoteDepth returns how deeply a quote is nested in strings, given the backslashes before
// it. Each enclosing string doubles them and adds one for the quote itself, so a quote that
// opens or closes a string nested k deep has 2^k-1, plus 2^(k+1) for each backslash that
// precedes it in the string's own text.
func quoteDepth(backslashes int) int {
	return bits.TrailingZeros(^uint(backslashes))
}

// codeLen returns the length of the digits at the start of s, or of the number that starts
// with them, or 0 if there are too few for a code.
func codeLen(sep separator, s []byte) int {
	n := digits.run(s)
	if n < minCode {
		return 0
	}
	if sep.quotedKey && !sep.quoted {
		n = numbers.run(s)
	}
	return n
}

// secretLen returns the length of the value at the start of s.
func secretLen(sep separator, s []byte) int {
	if !sep.quoted {
		if end := bytes.IndexFunc(s, func(c rune) bool { return c < utf8.RuneSelf && enders[c] }); end >= 0 {
			return end
		}
		return len(s)
	}
	// The string ends at the first quote that is not nested more deeply than its opening
	// quote.
	slashes := 0
	for i, c := range s {
		switch c {
		case '\\':
			slashes++
			continue
		case '\n':
			return i - slashes
		case '"':
			if depth := quoteDepth(slashes); depth <= sep.depth {
				return i - (1<<depth - 1)
			}
		}
		slashes = 0
	}
	return len(s)
}
