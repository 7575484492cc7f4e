package twilio

import "testing"

func TestSpoken(t *testing.T) {
	tests := []struct{ name, language, locale, want string }{
		{"the country asked for", "en", "en-IN", "en-IN"},
		{"the country of the text goes first", "pt-PT", "pt-BR", "pt-PT"},
		{"a country without a voice", "en", "en-NG", "en-US"},
		{"a text that is not in the language asked for", "en", "hi-IN", "en-US"},
		{"any case", "ES", "es-mx", "es-MX"},
		{"a language without a voice", "sw", "sw-KE", "en-US"},
		{"nothing", "", "", "en-US"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := spoken(tt.language, tt.locale); got != tt.want {
				t.Errorf("spoken(%q, %q) = %s, want %s", tt.language, tt.locale, got, tt.want)
			}
		})
	}
}
