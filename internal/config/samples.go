package config

import (
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	// minDistinct is the minimum number of different bytes in a secret: 32 random bytes or
	// hex digits have fewer with a probability below 10^-8.
	minDistinct = 8
	// A well-known secret shorter than this may occur within a random one.
	minPiece = 12
)

//go:embed wellknown.txt
var wellKnownText string

// pieces are parts of secrets that were copied instead of generated. A random secret
// contains one of them with a probability below 10^-6.
var pieces = []string{
	"change", "secret", "sample", "example", "password", "default", "insecure",
	"user-api", "12345678", "abcdefgh", "qwertyui", "deadbeef",
}

// wellKnown holds all forms of the secrets in wellknown.txt.
var wellKnown = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for line := range strings.Lines(wellKnownText) {
		secret, _, found := strings.Cut(line, "\t")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		for _, form := range forms(secret) {
			known[fold(form)] = true
		}
	}
	return known
})

// forms returns the interpretations of a secret: the text itself, and the bytes that it
// encodes in base64 or hex.
func forms(secret string) []string {
	text := strings.TrimSpace(secret)
	all := []string{text}
	bare := strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(strings.TrimPrefix(text, "base64:"), "="))
	if raw, err := base64.RawURLEncoding.DecodeString(bare); err == nil && len(raw) >= minDistinct {
		all = append(all, string(raw))
	}
	if raw, err := hex.DecodeString(text); err == nil && len(raw) >= minDistinct {
		all = append(all, string(raw))
	}
	return all
}

// sameSecret reports whether two secrets are equal in any interpretation.
func sameSecret(a, b string) bool {
	theirs := forms(b)
	return slices.ContainsFunc(forms(a), func(form string) bool { return slices.Contains(theirs, form) })
}

// isSample reports whether any interpretation of a secret shows that it was not generated
// at random: a well-known secret or piece, a repeated piece, a sequence, or too few
// different bytes.
func isSample(value string) bool {
	for i, form := range forms(value) {
		if isKnown(fold(form)) {
			return true
		}
		// Any text can be decoded as base64; the distribution of the bytes is meaningful
		// only if there are enough for a key.
		if (i == 0 || len(form) >= MinSecret/2) && isWeak(form) {
			return true
		}
	}
	return false
}

// fold converts text to lower case and leaves other bytes unchanged.
func fold(form string) string {
	if utf8.ValidString(form) {
		return strings.ToLower(form)
	}
	return form
}

func isKnown(folded string) bool {
	known := wellKnown()
	if known[folded] {
		return true
	}
	for secret := range known {
		if len(secret) >= minPiece && utf8.ValidString(secret) && strings.Contains(folded, secret) {
			return true
		}
	}
	return slices.ContainsFunc(pieces, func(piece string) bool { return strings.Contains(folded, piece) })
}

// isWeak reports whether the bytes are unlikely to be random.
func isWeak(value string) bool {
	distinct := map[byte]bool{}
	steps := 0
	for i := range len(value) {
		distinct[value[i]] = true
		if i > 0 && (value[i] == value[i-1] || value[i] == value[i-1]+1 || value[i] == value[i-1]-1) {
			steps++
		}
	}
	// A text that repeats a piece occurs in its own doubling at another position.
	repeats := strings.Contains((value + value)[1:2*len(value)-1], value)
	return len(distinct) < minDistinct || repeats || 4*steps > 3*len(value)
}
