package httpapi

import (
	"bytes"
	"io"
	"sync"
)

const (
	mask = "***"
	// jwtStart is the base64url encoding of {" and the bits that follow.
	jwtStart = "eyJ"
	// minPhone is the minimum number of digits after "+" of a phone number (E.164).
	minPhone = 7
	// minSecret is the minimum length of a credential after Bearer or Basic; shorter words
	// are prose.
	minSecret = 8
	// minCode is the minimum number of digits of a one-time code.
	minCode = 4
)

// Redactor is a writer that masks secrets in log lines: JWTs, credentials after Bearer and
// Basic, phone numbers, email addresses, codes after keys like otp, passwords after keys
// like password. It is a second line of defense: nothing should log these in the first
// place. Each Write must consist of whole lines, as logx's do. JSON remains valid.
type Redactor struct {
	mu  sync.Mutex
	w   io.Writer
	buf []byte
}

// NewRedactor returns a Redactor that writes to w, with one Write for each it receives.
func NewRedactor(w io.Writer) *Redactor { return &Redactor{w: w} }

// Write masks p and writes the result.
func (r *Redactor) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf = redact(r.buf[:0], p)
	if _, err := r.w.Write(r.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

// charset is a set of bytes.
type charset [256]bool

const (
	digitChars = "0123456789"
	alnumChars = digitChars + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

var (
	digits = chars(digitChars)
	hexes  = chars(digitChars + "abcdefABCDEF")
	// words are the characters of addresses, numbers, tokens and keys. The text is
	// processed as words and separators.
	words   = chars(alnumChars + "._%+-").withUnicode()
	domains = chars(alnumChars + ".-").withUnicode()
	jwts    = chars(alnumChars + "-_.")
	escapes = chars(`"\/bfnrtu`)
)

func chars(list string) *charset {
	var set charset
	for _, c := range []byte(list) {
		set[c] = true
	}
	return &set
}

// withUnicode adds all non-ASCII bytes.
func (set *charset) withUnicode() *charset {
	for c := 0x80; c < len(set); c++ {
		set[c] = true
	}
	return set
}

// run returns the length of the prefix of s whose bytes are in the set.
func (set *charset) run(s []byte) int {
	for n, c := range s {
		if !set[c] {
			return n
		}
	}
	return len(s)
}

// redact appends src, masked, to dst.
func redact(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '\\':
			n := escapeLen(src[i:])
			dst = append(dst, src[i:i+n]...)
			i += n
			continue
		case !words[c]:
			dst = append(dst, c)
			i++
			continue
		}
		n := words.run(src[i:])
		word, rest := src[i:i+n], src[i+n:]
		if domain := emailDomain(rest); domain > 0 {
			dst = append(append(dst, mask...), rest[:domain]...)
			i += n + domain
			continue
		}
		dst = redactWord(dst, word)
		i += n
		dst, n = redactValue(dst, word, rest)
		i += n
	}
	return dst
}

// escapeLen returns the length of the JSON escape at the start of s, so that the letter in
// "\n" is not taken for the start of a word, or 1 if the backslash starts none.
func escapeLen(s []byte) int {
	switch {
	case len(s) < 2 || !escapes[s[1]]:
		return 1
	case s[1] == 'u' && len(s) >= 6:
		return 2 + min(4, hexes.run(s[2:]))
	default:
		return 2
	}
}

// emailDomain returns the length of "@" and a host name at the start of s, or 0 if there is
// none. A last label with a digit is the version of a Go module.
func emailDomain(s []byte) int {
	if len(s) == 0 || s[0] != '@' {
		return 0
	}
	domain := bytes.TrimRight(s[:1+domains.run(s[1:])], ".-")
	label := domain[bytes.LastIndexByte(domain, '.')+1:]
	if bytes.ContainsAny(label, digitChars) && !bytes.HasPrefix(bytes.ToLower(label), []byte("xn--")) {
		return 0
	}
	if len(domain) < len("@a") {
		return 0
	}
	return len(domain)
}

// redactWord masks secrets that are recognizable from a single word.
func redactWord(dst, word []byte) []byte {
	if bytes.IndexByte(word, '+') < 0 && bytes.IndexByte(word, '%') < 0 && !bytes.Contains(word, []byte(jwtStart)) {
		return append(dst, word...)
	}
	if at := bytes.Index(word, []byte("%40")); at > 0 && emailDomain(append([]byte("@"), word[at+3:]...)) > 0 {
		return append(append(dst, mask...), word[at:]...)
	}
	for i := 0; i < len(word); {
		rest := word[i:]
		if plus := plusLen(rest); plus > 0 {
			if n := digits.run(rest[plus:]); n >= minPhone {
				dst = appendPhone(dst, rest[:plus+n], plus)
				i += plus + n
				continue
			}
		}
		if n := jwtLen(rest); n > 0 {
			dst = append(dst, mask...)
			i += n
			continue
		}
		dst = append(dst, word[i])
		i++
	}
	return dst
}

// plusLen returns the length of a plus sign at the start of s, plain or percent-encoded.
func plusLen(s []byte) int {
	switch {
	case s[0] == '+':
		return 1
	case s[0] == '%' && len(s) > 2 && s[1] == '2' && s[2]|0x20 == 'b':
		return 3
	default:
		return 0
	}
}

// appendPhone keeps the first two and the last two digits.
func appendPhone(dst, number []byte, plus int) []byte {
	dst = append(dst, number[:plus+2]...)
	for range len(number) - plus - 4 {
		dst = append(dst, '*')
	}
	return append(dst, number[len(number)-2:]...)
}

// jwtLen returns the length of a JWT at the start of s, base64url parts separated by dots,
// or 0.
func jwtLen(s []byte) int {
	if !bytes.HasPrefix(s, []byte(jwtStart)) {
		return 0
	}
	n := jwts.run(s)
	if dot := bytes.IndexByte(s[:n], '.'); dot < 0 || dot == n-1 {
		return 0
	}
	return n
}
