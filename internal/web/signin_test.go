package web

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func signInData(t *testing.T, page Page) (locale string, data SignIn) {
	t.Helper()
	own := regexp.MustCompile(`(?s)id="page">(.*?)</script>`).FindStringSubmatch(page.HTML)
	got := struct {
		Locale string
		Data   SignIn
	}{}
	if err := json.Unmarshal([]byte(own[1]), &got); err != nil {
		t.Fatal(err)
	}
	return got.Locale, got.Data
}

// The name of an application is escaped, and belongs to one request.
func TestSignIn_application(t *testing.T) {
	s := testSite(t, "x")
	const name = `</script><b>"x"`
	page, ok, err := s.SignIn(name, "", "")
	if _, data := signInData(t, page); err != nil || !ok || data.Application != name || strings.Contains(page.HTML, "<b>") {
		t.Errorf("the page is of %q, %v", data.Application, err)
	}
	page, _, _ = s.SignIn("", "", "")
	if _, data := signInData(t, page); data.Application != "" {
		t.Errorf("the next page is of %q", data.Application)
	}
}

func TestSignIn_off(t *testing.T) {
	s, err := New(Options{Pages: []string{AdminPage}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.SignIn("", "", ""); ok || err != nil {
		t.Errorf("the page is there, %v", err)
	}
}

// The languages of a link take precedence over those of the browser, and invalid ones are
// skipped.
func TestSignIn_language(t *testing.T) {
	s := testSite(t, "x")
	for wanted, want := range map[string]string{
		"": "ja", "ko": "ko", "fr-CA hi es": "hi", "xx-,;q ko": "ko", strings.Repeat("q", 500): "ja", "\x00 zh": "zh", "ko;q=0": "ja",
	} {
		page, _, err := s.SignIn("", wanted, "ja,en;q=0.5")
		if got, _ := signInData(t, page); err != nil || got != want {
			t.Errorf("ui_locales %q: %s, want %s, %v", wanted, got, want, err)
		}
	}
}

// The table of countries matches the metadata by which numbers are parsed.
func TestCountries(t *testing.T) {
	table, err := os.ReadFile("src/signin/countries.gen.ts")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]int{}
	for _, line := range regexp.MustCompile(`(?m)([A-Z]{2})~(\d+)~`).FindAllStringSubmatch(string(table), -1) {
		codes[line[1]], _ = strconv.Atoi(line[2])
	}
	for region := range phonenumbers.GetSupportedRegions() {
		if code := phonenumbers.GetCountryCodeForRegion(region); codes[region] != code {
			t.Errorf("%s has +%d in the table, want +%d: run make generate", region, codes[region], code)
		}
	}
}

// Each text that the scripts use exists, and each existing text is used.
func TestTexts_used(t *testing.T) {
	var scripts strings.Builder
	entries, err := os.ReadDir("src/signin")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile("src/signin/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		scripts.Write(text)
	}
	source := scripts.String()
	texts := testSite(t, "x").texts[sourceLocale]
	for _, key := range regexp.MustCompile(`'(signin\.[a-z_.]+)'`).FindAllStringSubmatch(source, -1) {
		if texts[key[1]] == "" {
			t.Errorf("%s is named, and there is no such text", key[1])
		}
	}
	// The suffixes of composed keys.
	families := []string{"signin.error.", "signin.failed.", "signin.sent_by.", "signin.by.", "signin.status."}
	for key := range texts {
		if !strings.HasPrefix(key, "signin.") || key == "signin.phone" || key == "signin.email" {
			continue
		}
		family := slices.IndexFunc(families, func(family string) bool { return strings.HasPrefix(key, family) })
		named := strings.Contains(source, "'"+key+"'") || family >= 0 && (strings.Contains(source, "'"+key[len(families[family]):]+"'") ||
			slices.Contains([]string{"signin.sent_by.", "signin.by."}, families[family]) || strings.HasSuffix(key, ".other"))
		if !named {
			t.Errorf("%s is in no script", key)
		}
	}
}
