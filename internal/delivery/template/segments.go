package template

import (
	"strings"
	"unicode/utf16"
)

const (
	// gsm7 are the characters that take one septet of a text message (3GPP TS 23.038, default
	// alphabet).
	gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	// gsm7Escaped take two septets.
	gsm7Escaped = "^{}\\[~]|€"

	// The capacity of a message of one segment, and of each segment of a longer one.
	oneGSM7, partGSM7 = 160, 153
	oneUCS2, partUCS2 = 70, 67
)

// Segments returns how many segments a text message takes: in GSM-7 if its characters allow that,
// otherwise in UCS-2. Each segment is billed.
func Segments(text string) int {
	cost, one, part := gsm7Cost, oneGSM7, partGSM7
	if !IsGSM7(text) {
		cost, one, part = utf16.RuneLen, oneUCS2, partUCS2
	}
	total, segments, used := 0, 1, 0
	for _, r := range text {
		n := cost(r)
		total += n
		// A character is not split.
		if used += n; used > part {
			segments, used = segments+1, n
		}
	}
	if total <= one {
		return 1
	}
	return segments
}

// IsGSM7 reports whether a text message can be encoded in septets.
func IsGSM7(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return gsm7Cost(r) == 0 })
}

// gsm7Cost returns the septets of a character, 0 if GSM-7 lacks it.
func gsm7Cost(r rune) int {
	switch {
	case strings.ContainsRune(gsm7, r):
		return 1
	case strings.ContainsRune(gsm7Escaped, r):
		return 2
	}
	return 0
}
