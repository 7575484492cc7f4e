package template_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/channel"
	"user-api/internal/delivery/template"
)

// Cost only mentions languages in which the name takes more segments.
func TestCost(t *testing.T) {
	for _, tt := range []struct {
		name, app string
		languages []string
		want      string
	}{
		{"a name that every text has room for", longApp, nil, ""},
		{"a letter that GSM-7 lacks", "Itaú", []string{"pt", "en"}, `with the name of the app, "Itaú", text messages take up to 2 segments in pt, en, ` +
			`and each segment is billed: GSM-7 lacks its "ú", so a segment has room for 70 characters instead of 160`},
		{"a letter that GSM-7 lacks, in languages that it lacks anyway", "Itaú", []string{"hi", "zh"}, ""},
		{"40 characters", strings.Repeat("x", 40), []string{"en", "de", "zh"},
			`with the name of the app, "` + strings.Repeat("x", 40) + `", text messages take up to 2 segments in de, zh, and each segment is billed: it is long`},
		{"a name that is in no language long", strings.Repeat("x", 30), []string{"zh"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSet(t, template.Options{Languages: tt.languages})
			if err := s.Check(tt.app); err != nil {
				t.Errorf("Check: %v", err)
			}
			if diff := cmp.Diff(tt.want, s.Cost(tt.app)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Only the chosen languages are used, and the first one is the fallback.
func TestLanguagesChosen(t *testing.T) {
	s := newSet(t, template.Options{Languages: []string{"pt", "zh-Hant"}})
	for _, tt := range []struct{ locale, country, want string }{
		{"", "", "pt"}, {"pt-BR", "TW", "pt"}, {"zh-TW", "", "zh-Hant"}, {"", "TW", "zh-Hant"}, {"en-US", "US", "pt"}, {"de", "TW", "zh-Hant"}, {"", "DE", "pt"},
	} {
		m := s.Render(template.Request{App: "Acme", Channel: channel.SMS, Locale: tt.locale, Country: tt.country, Purpose: "login", Code: "123456"})
		if m.Language != tt.want {
			t.Errorf("%q in %q gets %s, want %s", tt.locale, tt.country, m.Language, tt.want)
		}
	}
	if diff := cmp.Diff([]string{"pt", "zh-Hant"}, s.Languages()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if m := s.English(template.Request{App: "Acme", Channel: channel.Voice, Purpose: "login", Code: "123456"}); m.Language != "en" || !strings.HasPrefix(m.Text, "Your Acme code") {
		t.Errorf("English is %q in %s", m.Text, m.Language)
	}
	_, err := template.New(template.Options{Languages: []string{"en", "tlh", "EN"}})
	if want := "template: Delivery.Languages: there are no texts in \"tlh\"\ntemplate: Delivery.Languages: there are no texts in \"EN\""; err == nil || err.Error() != want {
		t.Errorf("unknown languages: %v, want %s", err, want)
	}
}
