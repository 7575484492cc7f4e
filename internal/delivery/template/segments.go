package template

import (
	"strings"
	"unicode/utf16"
)

const (
	// gsm7 are the characters that cost one septet of a text message (3GPP TS
	// 23.038, default alphabet).
	gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	// gsm7Escaped cost two septets.
	gsm7Escaped = "^{}\\[~]|€"

	// What fits a message of one segment, and each segment of a longer one.
	oneGSM7, partGSM7 = 160, 153
	oneUCS2, partUCS2 = 70, 67
)

// Segments is how many segments a text message takes: in GSM-7 if its characters
// allow, else in UCS-2. Each is billed.
func Segments(text string) int {
	cost, one, part := gsm7Cost, oneGSM7, partGSM7
	if !IsGSM7(text) {
		cost, one, part = utf16.RuneLen, oneUCS2, partUCS2
	}
	total, segments, used := 0, 1, 0
	for _, r := range text {
		n := cost(r)
		total += n
		// No character is cut in two.
		if used += n; used > part {
			segments, used = segments+1, n
		}
	}
	if total <= one {
		return 1
	}
	return segments
}

// IsGSM7 reports whether a text message can be sent in septets.
func IsGSM7(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return gsm7Cost(r) == 0 })
}

// gsm7Cost is 0 for a character that GSM-7 lacks.
func gsm7Cost(r rune) int {
	switch {
	case strings.ContainsRune(gsm7, r):
		return 1
	case strings.ContainsRune(gsm7Escaped, r):
		return 2
	}
	return 0
}
