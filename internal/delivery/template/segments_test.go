package template_test

import (
	"strings"
	"testing"

	"user-api/internal/delivery/template"
)

func TestSegments(t *testing.T) {
	tests := []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 1},
		{"160 septets", strings.Repeat("x", 160), 1},
		{"161 septets", strings.Repeat("x", 161), 2},
		{"two parts of 153", strings.Repeat("x", 306), 2},
		{"one more than two parts", strings.Repeat("x", 307), 3},
		{"letters beyond ASCII that GSM-7 has", strings.Repeat("ñ", 160), 1},
		{"a letter that GSM-7 lacks", strings.Repeat("x", 70) + "ó", 2},
		{"characters that cost two", strings.Repeat("[", 80), 1},
		{"too many characters that cost two", strings.Repeat("[", 81), 2},
		{"no escaped character is cut in two", strings.Repeat("x", 152) + "[" + strings.Repeat("x", 152), 3},
		{"70 units", strings.Repeat("가", 70), 1},
		{"71 units", strings.Repeat("가", 71), 2},
		{"two parts of 67", strings.Repeat("가", 134), 2},
		{"a character beyond the first plane costs two", strings.Repeat("😀", 35), 1},
		{"no surrogate pair is cut in two", strings.Repeat("가", 66) + "😀" + strings.Repeat("가", 66), 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := template.Segments(tt.text); got != tt.want {
				t.Errorf("%d segments, want %d", got, tt.want)
			}
		})
	}
}
