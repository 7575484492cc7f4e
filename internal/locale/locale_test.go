package locale_test

import (
	"strings"
	"testing"

	"user-api/internal/locale"
)

func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"en": "en", "EN": "en", "en-US": "en-US", "en_US": "en-US", "en-us": "en-US", "eN_uS": "en-US",
		"es_419": "es-419", "de_DE.UTF-8": "de-DE", "pt_BR.utf8": "pt-BR", "de_DE@euro": "de-DE", "de_DE.UTF-8@euro": "de-DE",
		// Java and Android
		"zh_CN_#Hans": "zh-Hans-CN", "zh_HK_#Hant": "zh-Hant-HK", "zh__#Hans": "zh-Hans", "sr__#Latn": "sr-Latn",
		"sr_RS_#Latn": "sr-Latn-RS", "ja_JP_JP_#u-ca-japanese": "ja-JP", "th_TH_TH_#u-nu-thai": "th-TH",
		"en_US_#u-mu-fahrenhe": "en-US", "no_NO_NY": "nn-NO", "iw_IL": "he-IL", "in_ID": "id-ID", "ji": "yi", "ca_ES_VALENCIA": "ca-ES",
		"en__POSIX": "en", "en_US_POSIX": "en-US", "b+sr+Latn": "-",
		// iOS
		"zh-Hans_US": "zh-Hans-US", "en_US@rg=gbzzzz": "en-US", "en_US@calendar=buddhist": "en-US", "zh-Hant-TW": "zh-Hant-TW",
		// POSIX
		"sr_RS@latin": "sr-Latn-RS", "sr_RS.UTF-8@Latin": "sr-Latn-RS", "uz_UZ@cyrillic": "uz-Cyrl-UZ",
		// BCP 47 beyond language and region
		"de-DE-u-co-phonebk": "de-DE", "sl-rozaj-biske": "sl", "en-x-us": "en", "de-CH-1996": "de-CH",
		// A language that is unknown, or that has an unknown region.
		"xx": "", "xx_YY": "", "en_YY": "en", "english": "", "en_ZZZZZZ": "en",
		// No language.
		"": "-", "C": "-", "C.UTF-8": "-", "POSIX": "-", "root": "-", "und": "-", "und-US": "-", "_US": "-", "__#Latn": "-", "*": "-", "-": "-",
		"419": "-", "e1": "-", " en": "-", "en ": "-", "en US": "-", "en\n": "-", "<b>": "-", "en;DROP TABLE": "-", "${jndi:x}": "-", "en,de": "-",
		"en-US;q=0.8": "-", "en/..": "-", "еn": "-", "en_": "en", "toolonglanguage": "-",
		"en-" + strings.Repeat("a", 80): "-",
	} {
		got, ok := locale.Canonical(text)
		if !ok {
			got += "-"
		}
		if got != want {
			t.Errorf("Canonical(%q) = %q, want %q (- is a refusal)", text, got, want)
		}
	}
}

func TestPreferred(t *testing.T) {
	for header, want := range map[string]string{
		"":                         "",
		"de":                       "de",
		"de-CH,de;q=0.9,en;q=0.8":  "de-CH,de,en",
		"en;q=0.1, fr-FR":          "fr-FR,en",
		"en, *;q=0.5":              "en",
		"*":                        "",
		"en;q=0":                   "",
		"en;q=0,de":                "de",
		"EN-us, en-US":             "en-US",
		"de,x!,fr":                 "de,fr",
		"';DROP TABLE user;--":     "",
		"${jndi:ldap://a/b}":       "",
		"en-US-u-ca-buddhist":      "en-US",
		"en-x-abcdefgh":            "en",
		"a,b,c":                    "",
		"de,en,fr,it,es,pt,ja":     "de,en,fr,it,es",
		"zh-Hant-TW,zh-TW;q=0.9":   "zh-Hant-TW,zh-TW",
		"de-DE,de;q=0.9,en-US;q=0": "de-DE,de",
	} {
		if got := locale.Preferred(header); got != want {
			t.Errorf("Preferred(%q) = %q, want %q", header, got, want)
		}
		first, _, _ := strings.Cut(want, ",")
		if got := locale.First(want); got != first {
			t.Errorf("First(%q) = %q, want %q", want, got, first)
		}
	}
}

// Every result is short and canonical.
func FuzzLocale(f *testing.F) {
	for _, seed := range []string{"en_US", "zh_CN_#Hans", "sr_RS@latin", "de-CH,de;q=0.9", "';DROP", "no_NO_NY", "und", strings.Repeat("a-", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tag, ok := locale.Canonical(text)
		if !ok && tag != "" {
			t.Errorf("Canonical(%q) refuses and gives %q", text, tag)
		}
		tags := []string{tag}
		if list := locale.Preferred(text); list != "" {
			tags = append(tags, strings.Split(list, ",")...)
		}
		for _, tag := range tags {
			if tag == "" {
				continue
			}
			again, ok := locale.Canonical(tag)
			if !ok || again != tag || len(tag) > 16 || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
				t.Errorf("%q gives %q, and that gives %q, %t", text, tag, again, ok)
			}
		}
	})
}
