package httpapi

import (
	"bytes"
	"math/bits"
	"unicode/utf8"
)

type (
	keyKind int

	// separator is what divides a key from its value.
	separator struct {
		len int
		// quotedKey tells that the key was in quotes, so this is JSON.
		quotedKey bool
		// quoted tells that the value is in quotes; depth how often the JSON
		// is itself inside a string.
		quoted bool
		depth  int
	}
)

const (
	keyNone keyKind = iota
	// keyScheme is an Authorization scheme, followed by a credential.
	keyScheme
	// keyCode has digits for a value.
	keyCode
	// keyPassword may have anything.
	keyPassword
)

var (
	blanks      = chars(" \t")
	signs       = chars(":=")
	brackets    = chars("[(")
	backslashes = chars(`\`)
	credentials = chars(alnumChars + "-._~+/=")
	numbers     = chars(digitChars + ".eE+-")
	// afterText is what follows a string in JSON.
	afterText = chars(",}]:\\ \t\r\n")
	// enders end a value that is not in quotes.
	enders = chars("\"'`\\ \t\r\n,;&()[]{}")
)

// redactValue masks the value that follows word, if word is a key known to have
// secret ones, and returns how much of rest it has dealt with.
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
		// A bare value in JSON has to become another one.
		return append(dst, "null"...), sep.len + n
	}
	return append(dst, mask...), sep.len + n
}

// kindOf judges a key by how it ends, so that newPassword and otp_code count.
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
		if endsIn(word, "code") && !providersCode(word) {
			return keyCode
		}
	}
	return keyNone
}

// providersCode tells the names of error codes, which look like one-time codes
// and are needed to find out what a provider refused.
func providersCode(key []byte) bool {
	key = bytes.ToLower(key)
	return bytes.Contains(key, []byte("err")) || bytes.Contains(key, []byte("status"))
}

// endsIn ignores case; key is in lower case.
func endsIn(word []byte, key string) bool {
	start := len(word) - len(key)
	return start >= 0 && bytes.EqualFold(word[start:], []byte(key))
}

// parseSeparator reads, at the start of s: the quote that ends the key, if any;
// ":" or "=" with blanks around; an opening bracket, if any; the quote that
// begins the value, if any.
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
		// This may as well be the quote that ends the text the key is in: it
		// is less deep than the key's own, or, after a bare key, what comes
		// next tells.
		if sep.depth < keyDepth || !sep.quotedKey && (n == len(s) || afterText[s[n]]) {
			return sep, false
		}
		sep.len += n
	}
	return sep, true
}

// quote reads a quote and the backslashes before it.
func quote(s []byte) (n, depth int, ok bool) {
	n = backslashes.run(s)
	if n == len(s) || s[n] != '"' {
		return 0, 0, false
	}
	return n + 1, quoteDepth(n), true
}

// quoteDepth tells from the backslashes before a quote in how many strings it
// is. Each string around doubles them and adds one to the quote's own, so a
// quote that begins or ends a string nested k deep has 2^k-1, plus 2^(k+1) for
// each backslash of the string's own text before it.
func quoteDepth(backslashes int) int {
	return bits.TrailingZeros(^uint(backslashes))
}

// codeLen is the length of the digits at the start of s, or of the number they
// are the start of; 0 when they are too few for a code.
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

// secretLen is the length of the value at the start of s.
func secretLen(sep separator, s []byte) int {
	if !sep.quoted {
		if end := bytes.IndexFunc(s, func(c rune) bool { return c < utf8.RuneSelf && enders[c] }); end >= 0 {
			return end
		}
		return len(s)
	}
	// The string ends at the first quote that is not deeper than its first one.
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
