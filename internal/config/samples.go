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
	// minDistinct is how many different bytes a secret has at the least: 32 random
	// bytes, or 32 random hex digits, have fewer less than once in 10^8 times.
	minDistinct = 8
	// A known secret that is shorter than this may be part of a random one.
	minPiece = 12
)

//go:embed wellknown.txt
var wellKnownText string

// pieces are parts of secrets that were copied instead of made. A secret made at
// random holds one of them less than once in a million times.
var pieces = []string{
	"change", "secret", "sample", "example", "password", "default", "insecure",
	"user-api", "12345678", "abcdefgh", "qwertyui", "deadbeef",
}

// wellKnown are the forms of the secrets in wellknown.txt.
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

// forms are the readings of a secret: as it stands, and the bytes that it may be
// the base64 or the hex of.
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

// sameSecret reports whether two secrets are one in any of their readings.
func sameSecret(a, b string) bool {
	theirs := forms(b)
	return slices.ContainsFunc(forms(a), func(form string) bool { return slices.Contains(theirs, form) })
}

// isSample finds secrets that nobody made at random, in any reading of them: known
// ones, known pieces, the same piece over and over, sequences, too few different
// bytes.
func isSample(value string) bool {
	for i, form := range forms(value) {
		if isKnown(fold(form)) {
			return true
		}
		// Base64 of any text decodes to something; only of bytes that could be a key
		// is their spread judged.
		if (i == 0 || len(form) >= MinSecret/2) && isWeak(form) {
			return true
		}
	}
	return false
}

// fold makes text lower case and leaves other bytes alone.
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

// isWeak judges the spread of the bytes.
func isWeak(value string) bool {
	distinct := map[byte]bool{}
	steps := 0
	for i := range len(value) {
		distinct[value[i]] = true
		if i > 0 && (value[i] == value[i-1] || value[i] == value[i-1]+1 || value[i] == value[i-1]-1) {
			steps++
		}
	}
	// A text that repeats a piece is found again in itself doubled, elsewhere
	// than at the ends.
	repeats := strings.Contains((value + value)[1:2*len(value)-1], value)
	return len(distinct) < minDistinct || repeats || 4*steps > 3*len(value)
}
