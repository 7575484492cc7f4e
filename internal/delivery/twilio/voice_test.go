package twilio

import (
	"strings"
	"testing"
)

func TestVoiceFor(t *testing.T) {
	tests := []struct{ name, language, locale, country, want string }{
		{"the country asked for", "en", "en-IN", "US", "en-IN Google.en-IN-Standard-A"},
		{"the country of the number", "es", "es", "MX", "es-MX Polly.Mia"},
		{"the country of the text goes first", "pt-PT", "pt-BR", "BR", "pt-PT Google.pt-PT-Standard-A"},
		{"a country without a voice", "en", "en-NG", "NG", "en-US Google.en-US-Standard-A"},
		{"a text that is not in the language asked for", "en", "hi-IN", "", "en-US Google.en-US-Standard-A"},
		{"a script", "zh-Hant", "zh-Hant-TW", "", "cmn-TW Google.cmn-TW-Standard-A"},
		{"Hong Kong, where nothing was asked for", "zh-Hant", "", "HK", "yue-HK Google.yue-HK-Standard-A"},
		{"Hong Kong, asked for", "zh-Hant", "zh-HK", "", "yue-HK Google.yue-HK-Standard-A"},
		{"simplified Chinese in Hong Kong", "zh", "", "HK", "cmn-CN Google.cmn-CN-Standard-A"},
		{"a language of no country", "ar", "ar-SA", "SA", "ar-XA Google.ar-XA-Standard-A"},
		{"a language without a voice", "ur", "ur-PK", "PK", ""},
		{"nothing", "", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := voiceFor(tt.language, tt.locale, tt.country)
			if got := strings.TrimSpace(v.language + " " + v.name); got != tt.want || ok != (tt.want != "") {
				t.Errorf("voiceFor(%q, %q, %q) = %s, %v, want %s", tt.language, tt.locale, tt.country, got, ok, tt.want)
			}
		})
	}
}
