package web

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func testSite(t *testing.T, brand string) *Site {
	t.Helper()
	s, err := New(Options{Pages: []string{SignInPage}, Brand: Brand{Name: brand}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The operator's name is escaped, in the markup and in the data of the script.
func TestPage_brandIsText(t *testing.T) {
	const brand = `</script><script>alert(1)</script>"'&{name}`
	page, err := testSite(t, brand).Page(SignInPage, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.HTML, "<script"); n != 2 {
		t.Errorf("the page has %d scripts, want 2", n)
	}
	var got given
	own := regexp.MustCompile(`(?s)id="page">(.*?)</script>`).FindStringSubmatch(page.HTML)
	if err := json.Unmarshal([]byte(own[1]), &got); err != nil || got.Brand.Name != brand {
		t.Errorf("the script is given the brand %q, %v", got.Brand.Name, err)
	}
}

func TestPage_language(t *testing.T) {
	s := testSite(t, "x")
	for languages, want := range map[string]string{
		"": "en", "fr": "en", "ko-KR,en;q=0.5": "ko", "zh-Hant-TW": "zh", "es-MX": "es", "hi,ja;q=0.9": "hi", "ja;q=0": "en", "\x00;;": "en",
	} {
		page, err := s.Page(SignInPage, languages, nil)
		if err != nil || !strings.Contains(page.HTML, `<html lang="`+want+`" dir="ltr">`) {
			t.Errorf("Accept-Language %q: want %s, %v", languages, want, err)
		}
	}
	if got := direction("ar"); got != "rtl" {
		t.Errorf("Arabic is written %s", got)
	}
}

// Every text exists in every language, with the same placeholders.
func TestTexts_complete(t *testing.T) {
	texts := testSite(t, "x").texts
	if want := []string{"en", "es", "hi", "ja", "ko", "zh"}; !slices.Equal(slices.Sorted(maps.Keys(texts)), want) {
		t.Fatalf("the languages are %v, want %v", slices.Sorted(maps.Keys(texts)), want)
	}
	values := regexp.MustCompile(`\{\w+\}`)
	for locale, own := range texts {
		for key, english := range texts[sourceLocale] {
			text, ok := own[key]
			want, got := values.FindAllString(english, -1), values.FindAllString(text, -1)
			slices.Sort(want)
			slices.Sort(got)
			if !ok || text == "" || !slices.Equal(want, got) {
				t.Errorf("%s: %s is %q, and in English %q", locale, key, text, english)
			}
		}
		for key := range own {
			if _, ok := texts[sourceLocale][key]; !ok {
				t.Errorf("%s has %s, which English lacks", locale, key)
			}
		}
	}
}

// A disabled page and its files do not exist.
func TestSite_off(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range paths {
		if name == InboxPage {
			at += "/stream" // the inbox itself also serves programs
		}
		if !s.Off(at) {
			t.Errorf("%s is there", at)
		}
	}
	if s.Off("/user/info") {
		t.Error("a route that is no page is off")
	}
	if len(s.assets) > 0 {
		t.Errorf("there are files: %v", slices.Sorted(maps.Keys(s.assets)))
	}
}

func TestPolicy(t *testing.T) {
	for _, rule := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "connect-src 'self'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, rule) {
			t.Errorf("the policy %q lacks %q", policy, rule)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
}
