package address_test

import (
	"errors"
	"strings"
	"testing"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

func TestParseDisplayName(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"none", "", ""},
		{"one letter", "x", "x"},
		{"a full name", "Ann O’Neil-Müller Jr.", "Ann O’Neil-Müller Jr."},
		{"decomposed becomes NFC", "Zoe\u0308", "Zo\u00eb"},
		{"white space around it", " \tAnn\u00a0 ", "Ann"},
		{"64 characters", strings.Repeat("ä", 64), strings.Repeat("ä", 64)},
		{"128 code points that are 64 in NFC", strings.Repeat("a\u0308", 64), strings.Repeat("ä", 64)},
		{"Hindi", "अनुष्का", "अनुष्का"},
		{"Arabic with a mark of direction", "\u200fمحمد", "\u200fمحمد"},
		{"Persian with a non-joiner", "می\u200cخواهم", "می\u200cخواهم"},
		{"a family", "👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"},
		{"a flag of tags", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := address.ParseDisplayName(tt.text); err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestParseDisplayName_refused(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"65 characters", strings.Repeat("a", 65), "1 to 64"},
		{"a line break", "Ann\nAdmin", "control"},
		{"a line separator", "Ann\u2028Admin", "control"},
		{"a control character", "Ann\u0085x", "control"},
		{"an escape", "\x1b[2J", "control"},
		{"no character", "Ann\ufffe", "control"},
		{"an unassigned one", "Ann\U000e0fff", "control"},
		{"private use", "Ann\ue000", "control"},
		{"an override", "gpj\u202eexe", "direction"},
		{"an embedding", "\u202aAnn", "direction"},
		{"an isolate", "Ann\u2066", "direction"},
		{"spaces", "   ", "seen"},
		{"a space of no width", "\u200b", "seen"},
		{"a joiner", "\u200d\u200c", "seen"},
		{"a mark on nothing", "\u0301", "seen"},
		{"a Hangul filler", "\u3164", "seen"},
		{"empty Braille", "\u2800 \u2800", "seen"},
		{"tags alone", "\U000e0041", "seen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := address.ParseDisplayName(tt.text)
			var told *apperr.Error
			if got != "" || !errors.As(err, &told) || told.Code != apperr.InvalidRequest || told.Field != "displayName" || !strings.Contains(told.Detail, tt.want) {
				t.Errorf("got %q, %v (%q), want %s", got, err, told.Message(), tt.want)
			}
		})
	}
}
