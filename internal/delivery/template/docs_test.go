package template_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/channel"
	"user-api/internal/delivery/template"
)

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/messages.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDocs_languages(t *testing.T) {
	s := newSet(t, template.Options{})
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Za-z-]+)` \\| [^|]+ \\| ([^|]*) ?\\| (\\S+) \\|$").FindAllStringSubmatch(page(t), -1) {
		listed = append(listed, row[1])
		if got, want := row[3] == "GSM-7", slices.Contains(inGSM7, row[1]); got != want {
			t.Errorf("%s is in %s", row[1], row[3])
		}
		if row[1] == "en" {
			continue
		}
		for _, country := range strings.Fields(row[2]) {
			m := s.Render(template.Request{App: "Acme", Channel: channel.SMS, Country: country, Purpose: "login", Code: "123456"})
			if m.Language != row[1] {
				t.Errorf("%s gets %s, want %s", country, m.Language, row[1])
			}
		}
	}
	if diff := cmp.Diff(s.Languages(), listed); diff != "" {
		t.Errorf("languages (-shipped +page):\n%s", diff)
	}
}

func TestDocs_file(t *testing.T) {
	found := regexp.MustCompile("(?s)<!-- file: (\\S+) -->\n```yaml\n(.*?)```").FindStringSubmatch(page(t))
	if found == nil {
		t.Fatal("the page has no file")
	}
	s := newSet(t, template.Options{Dir: folder(t, map[string]string{found[1]: found[2]})})
	if err := s.Check(longApp); err != nil {
		t.Error(err)
	}
	m := s.Render(template.Request{App: "Acme", Channel: channel.SMS, Country: "SE", Purpose: "login", Code: "123456"})
	if m.Language != "sv" || !template.IsGSM7(m.Text) {
		t.Errorf("%q in %s, want sv in GSM-7", m.Text, m.Language)
	}
}

func TestDocs_lines(t *testing.T) {
	s := newSet(t, template.Options{WebOTPDomain: "login.example.com", AndroidHash: hash})
	m := s.Render(template.Request{App: "Acme", Channel: channel.SMS, Purpose: "login", Code: "123456"})
	if !strings.Contains(page(t), "```\n"+m.Text+"\n```") {
		t.Errorf("the page does not show:\n%s", m.Text)
	}
}
