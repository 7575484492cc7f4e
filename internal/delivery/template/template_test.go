package template_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/channel"
	"user-api/internal/delivery/template"
	"user-api/internal/testkit"
)

const (
	// longCode and longApp are the longest code and the longest name for which every built-in
	// text has room.
	longCode = "0123456789"
	longApp  = "Twenty letters (20)!"

	domain = "example.com"
	hash   = "FA+9qCX9VSu"
)

// inGSM7 are the languages that fit the alphabet of 160 septets.
var inGSM7 = []string{"de", "en", "es", "fr", "id", "it", "ms", "nl", "pl", "pt", "tr"}

func newSet(t *testing.T, o template.Options) *template.Set {
	t.Helper()
	s, err := template.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return s
}

// each renders every text of every language.
func each(t *testing.T, s *template.Set, check func(t *testing.T, r template.Request, m template.Message)) {
	t.Helper()
	var requests []template.Request
	for _, purpose := range template.Purposes {
		requests = append(requests, template.Request{Purpose: purpose, Code: longCode, Minutes: 10})
	}
	for _, notice := range slices.Sorted(maps.Keys(template.Notices)) {
		requests = append(requests, template.Request{Notice: notice})
	}
	for _, lang := range s.Languages() {
		for _, channel := range []string{channel.SMS, channel.WhatsApp, channel.Voice, channel.Email} {
			for _, r := range requests {
				r.App, r.Channel, r.Locale = longApp, channel, lang
				t.Run(fmt.Sprintf("%s/%s/%s%s", lang, channel, r.Purpose, r.Notice), func(t *testing.T) {
					m := s.Render(r)
					if m.Language != lang {
						t.Fatalf("language %s, want %s", m.Language, lang)
					}
					check(t, r, m)
				})
			}
		}
	}
}

func TestTextMessagesTakeOneSegment(t *testing.T) {
	each(t, newSet(t, template.Options{}), func(t *testing.T, r template.Request, m template.Message) {
		if r.Channel != channel.SMS {
			return
		}
		if n := template.Segments(m.Text); n != 1 {
			t.Errorf("%d segments, want 1:\n%s", n, m.Text)
		}
		if got, want := template.IsGSM7(m.Text), slices.Contains(inGSM7, m.Language); got != want {
			t.Errorf("is GSM-7: %v, want %v:\n%s", got, want, m.Text)
		}
	})
}

func TestEveryTextHasWhatItMust(t *testing.T) {
	each(t, newSet(t, template.Options{}), func(t *testing.T, r template.Request, m template.Message) {
		if !strings.Contains(m.Text, longApp) && !strings.Contains(m.Subject, longApp) {
			t.Errorf("the name of the app is missing:\n%s", m.Text)
		}
		if (m.Subject == "") != (r.Channel != channel.Email) || (m.HTML == "") != (m.Subject == "") {
			t.Errorf("subject %q and %d bytes of HTML by %s", m.Subject, len(m.HTML), r.Channel)
		}
		code := longCode
		if r.Channel == channel.Voice {
			code = "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
		}
		want := 1
		switch {
		case r.Notice != "":
			want, code = 0, "01"
		case r.Channel == channel.Voice:
			want = 2
		}
		if n := strings.Count(m.Text, code); n != want {
			t.Errorf("the code occurs %d times, want %d:\n%s", n, want, m.Text)
		}
		if m.HTML != "" && r.Notice == "" && strings.Count(m.HTML, code) != want {
			t.Errorf("the code occurs in the HTML %d times, want %d", strings.Count(m.HTML, code), want)
		}
		if strings.ContainsAny(m.Subject+m.Text, "{}\r\x00") || strings.Contains(m.Subject, longCode) {
			t.Errorf("a placeholder is left, or the subject has the code:\n%s\n%s", m.Subject, m.Text)
		}
	})
}

func TestNoTextHasALink(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	address := regexp.MustCompile(`(?i)://|www\.|href|src=|url\(|@import|<img|<link|<script|\w\.(com|net|org|io|app)\b`)
	each(t, newSet(t, template.Options{}), func(t *testing.T, _ template.Request, m template.Message) {
		for _, part := range []string{m.Subject, m.Text, m.HTML} {
			if found := address.FindString(part); found != "" {
				t.Errorf("%q in:\n%s", found, part)
			}
		}
	})
}

func TestNothingFilledInIsReadAgain(t *testing.T) {
	m := newSet(t, template.Options{}).Render(template.Request{
		App: "{code}<b>&", Channel: channel.Email, Purpose: "login", Code: "739184", Minutes: 5,
	})
	if want := "Your {code}<b>& code to sign in"; m.Subject != want {
		t.Errorf("subject %q, want %q", m.Subject, want)
	}
	if strings.Contains(m.HTML, "<b>") || strings.Count(m.HTML, "739184") != 1 {
		t.Errorf("the name was not escaped:\n%s", m.HTML)
	}
}

func TestLanguage(t *testing.T) {
	s := newSet(t, template.Options{})
	tests := []struct{ name, locale, country, want string }{
		{"nothing is known", "", "", "en"},
		{"a locale", "ko", "", "ko"},
		{"a locale goes before the country", "ko-KR", "JP", "ko"},
		{"English asked for in Japan", "en", "JP", "en"},
		{"a region that is not there", "es-419", "", "es"},
		{"the script of Taiwan", "zh-TW", "", "zh-Hant"},
		{"the script of Hong Kong", "zh-HK", "", "zh-Hant"},
		{"the script of Singapore", "zh-SG", "", "zh"},
		{"the script by name", "zh-Hant", "", "zh-Hant"},
		{"another case", "PT-br", "", "pt"},
		{"an old tag", "in", "", "id"},
		{"an Accept-Language header", "de-CH,de;q=0.9,en;q=0.8", "", "de"},
		{"the weights of a header", "en;q=0.5,fr;q=0.9", "", "fr"},
		{"the first known of a header", "xx,hu,tr;q=0.5", "", "tr"},
		{"a header that was cut", "ja,en;q=0.9,fr;q=0.", "", "ja"},
		{"any language", "*", "", "en"},
		{"nonsense", "!!", "KR", "ko"},
		{"a language nobody has written", "hu", "", "en"},
		{"a language next to one there is", "gsw", "", "de"},
		{"a language nobody has written, in Brazil", "hu", "BR", "pt"},
		{"Korea", "", "KR", "ko"},
		{"Hong Kong", "", "HK", "zh-Hant"},
		{"Mexico", "", "MX", "es"},
		{"India, where English joins the languages", "", "IN", "en"},
		{"a number of no country", "", "001", "en"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := s.Render(template.Request{App: "Acme", Channel: channel.SMS, Locale: tt.locale, Country: tt.country, Purpose: "login", Code: "123456"})
			if m.Language != tt.want {
				t.Errorf("%q in %q gets %s, want %s", tt.locale, tt.country, m.Language, tt.want)
			}
		})
	}
}

// Each purpose and each notice has its own text in every language and channel: a user who signs
// in is not sent the text of a password reset.
func TestTextsDiffer(t *testing.T) {
	first := map[string]string{}
	each(t, newSet(t, template.Options{}), func(t *testing.T, r template.Request, m template.Message) {
		for part, text := range map[string]string{"text": m.Text, "subject": m.Subject} {
			if text == "" {
				continue
			}
			key := strings.Join([]string{r.Channel, part, m.Language, text}, "|")
			if other, taken := first[key]; taken && other != r.Purpose+r.Notice {
				t.Errorf("%s says what %s says:\n%s", r.Purpose+r.Notice, other, text)
			}
			first[key] = r.Purpose + r.Notice
		}
	})
}

// No text of a notice contains a code or minutes, whatever it is rendered with.
func TestNoNoticeHoldsACode(t *testing.T) {
	digits := regexp.MustCompile(`\p{Nd}`)
	s := newSet(t, template.Options{})
	each(t, s, func(t *testing.T, r template.Request, _ template.Message) {
		if r.Notice == "" {
			return
		}
		r.App, r.Purpose, r.Code, r.Minutes = "Acme", "login", longCode, 10
		m := s.Render(r)
		if found := digits.FindString(m.Subject + m.Text); found != "" || strings.Contains(m.HTML, longCode) {
			t.Errorf("digit %q in:\n%s\n%s", found, m.Subject, m.Text)
		}
	})
}

func TestUnknownPurposeHasNoText(t *testing.T) {
	s := newSet(t, template.Options{})
	for _, r := range []template.Request{{}, {Purpose: "notice", Code: "123456"}, {Notice: "login"}} {
		for _, channel := range []string{channel.SMS, channel.WhatsApp, channel.Voice, channel.Email} {
			r.App, r.Channel = "Acme", channel
			if m := s.Render(r); m.Text != "" || m.Subject != "" || m.HTML != "" {
				t.Errorf("%+v gives %q, want nothing", r, m.Text)
			}
		}
	}
}

// The page for resetting a password is in every e-mail that advises a reset, and in text
// messages that still fit one segment, and nowhere else.
func TestResetURL(t *testing.T) {
	const page = "https://example.com/reset"
	s, fits := newSet(t, template.Options{ResetURL: page}), 0
	each(t, s, func(t *testing.T, r template.Request, m template.Message) {
		r.App = "Acme"
		m = s.Render(r)
		advised := template.Notices[r.Notice] == template.AdviseReset
		has := strings.Contains(m.Text, page)
		switch {
		case r.Channel == channel.Email && advised != has, r.Channel == channel.Email && strings.Contains(m.HTML, `href="`+page+`"`) != advised:
			t.Errorf("the link is there: %v, want %v:\n%s", has, advised, m.Text)
		case r.Channel != channel.Email && r.Channel != channel.SMS && has, has && !advised:
			t.Errorf("a link in:\n%s", m.Text)
		case r.Channel == channel.SMS && template.Segments(m.Text) != 1:
			t.Errorf("%d segments:\n%s", template.Segments(m.Text), m.Text)
		case r.Channel == channel.SMS && has:
			fits++
		}
	})
	if fits == 0 {
		t.Error("no text message has the link")
	}
}

func FuzzLocale(f *testing.F) {
	for _, seed := range []string{"", "ko", "de-CH,de;q=0.9", "ja,en;q=0.", "*", "x-y-z", "en-u-", ",,,", "zh_TW", "de;q=2", "a-b-c-d-e-f-g-h"} {
		f.Add(seed)
	}
	s, err := template.New(template.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, locale string) {
		m := s.Render(template.Request{App: "Acme", Channel: channel.SMS, Locale: locale, Purpose: "login", Code: "123456"})
		if !slices.Contains(s.Languages(), m.Language) || !strings.Contains(m.Text, "123456") {
			t.Errorf("%q gives %q in %q", locale, m.Text, m.Language)
		}
	})
}

func TestHTML(t *testing.T) {
	s := newSet(t, template.Options{})
	for lang, dir := range map[string]string{"en": "ltr", "ar": "rtl", "ur": "rtl", "zh-Hant": "ltr"} {
		m := s.Render(template.Request{App: "Acme", Channel: channel.Email, Locale: lang, Purpose: "login", Code: "739184", Minutes: 5})
		for _, want := range []string{
			fmt.Sprintf(`<html lang="%s" dir="%s">`, lang, dir), `name="color-scheme" content="light dark"`,
			"prefers-color-scheme: dark", `role="presentation"`,
		} {
			if !strings.Contains(m.HTML, want) {
				t.Errorf("%s: the HTML lacks %s", lang, want)
			}
		}
		// For inspection: USER_API_TEST_HTML names a folder.
		if folder := os.Getenv("USER_API_TEST_HTML"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, lang+".html"), []byte(m.HTML), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestPlainPartOfAnEmail(t *testing.T) {
	m := newSet(t, template.Options{}).Render(template.Request{App: "Acme", Channel: channel.Email, Purpose: "login", Code: "739184", Minutes: 5})
	want := "Your Acme code to sign in is\n\n    739184\n\n" +
		"It works once and expires in 5 min. Never share it: we will never ask you for it.\n\n" +
		"If you did not ask for it, you can ignore this message.\n"
	if diff := cmp.Diff(want, m.Text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
