package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/event"
)

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The page of errors has a row for every code, and no other.
func TestDocs_errors(t *testing.T) {
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(page(t, "docs/errors.md"), -1) {
		listed[row[1]] = true
	}
	for _, code := range apperr.Codes() {
		if !listed[string(code)] {
			t.Errorf("docs/errors.md lacks %s", code)
		}
		delete(listed, string(code))
	}
	for code := range listed {
		t.Errorf("docs/errors.md has %s, which is no code", code)
	}
}

// The page of delivery has a row for every reason the status route can give.
func TestDocs_reasons(t *testing.T) {
	source, listed := page(t, "internal/delivery/senderror.go"), page(t, "docs/delivery.md")
	reasons := regexp.MustCompile(`(?m)^\tReason\w+ += "([a-z_]+)"`).FindAllStringSubmatch(source, -1)
	if len(reasons) < 10 {
		t.Fatalf("only %d reasons found", len(reasons))
	}
	for _, reason := range reasons {
		if !strings.Contains(listed, "| `"+reason[1]+"` |") {
			t.Errorf("docs/delivery.md lacks %s", reason[1])
		}
	}
}

// The page of the audit trail has every word that an event can have, and a grant
// for every table.
func TestDocs_audit(t *testing.T) {
	text := page(t, "docs/audit.md")
	for kind, keeping := range event.Kinds {
		if has := strings.Contains(text, "`"+string(kind)+"`"); has != keeping.Audit {
			t.Errorf("docs/audit.md names the type %s: %t, want %t", kind, has, keeping.Audit)
		}
	}
	for _, word := range event.Reasons {
		if !strings.Contains(text, "`"+string(word)+"`") {
			t.Errorf("docs/audit.md lacks the reason %s", word)
		}
	}
	kinds := page(t, "internal/event/kinds.go")
	for _, word := range regexp.MustCompile(`(?m)^\t\w+ +(Kind|Reason) += "([a-z_-]+)"`).FindAllStringSubmatch(kinds, -1) {
		_, listed := event.Kinds[event.Kind(word[2])]
		listed = listed || word[1] == "Reason" && slices.Contains(event.Reasons, event.Reason(word[2]))
		if !listed {
			t.Errorf("neither Kinds nor Reasons has %s", word[2])
		}
	}
	tables, err := filepath.Glob("../../model/migrations/mysql/*_create-*.up.sql")
	if err != nil || len(tables) < 5 {
		t.Fatalf("tables %v, %v", tables, err)
	}
	for _, file := range tables {
		_, table, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".up.sql"), "_create-")
		if !strings.Contains(text, " ON userdb."+strings.ReplaceAll(table, "-", "_")+" TO ") {
			t.Errorf("docs/audit.md grants nothing on %s", table)
		}
	}
}

// Every link of a page leads somewhere.
func TestDocs_links(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, name := range pages(t) {
		for _, to := range link.FindAllStringSubmatch(page(t, name), -1) {
			if _, err := os.Stat(filepath.Join("../..", filepath.Dir(name), to[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, to[1])
			}
		}
	}
}

// The index of the pages leads to each.
func TestDocs_index(t *testing.T) {
	index := page(t, "docs/README.md")
	for _, name := range pages(t) {
		to, err := filepath.Rel("docs", name)
		if err != nil {
			t.Fatal(err)
		}
		// The fakes that a start has instead of a provider are in the pages of their kind.
		if slices.Contains([]string{"README.md", "providers/inbox.md", "providers/smtp.md"}, to) {
			continue
		}
		if !strings.Contains(index, "]("+to) {
			t.Errorf("docs/README.md does not lead to %s", name)
		}
	}
}

// Every file that CONTRIBUTING names is there. Those in capitals, and those of the
// example provider, are to be written.
func TestDocs_contributing(t *testing.T) {
	named := regexp.MustCompile("`((?:internal|test|model|docs)/[^` ]+)`").FindAllStringSubmatch(page(t, "CONTRIBUTING.md"), -1)
	if len(named) < 10 {
		t.Fatalf("only %d files are named", len(named))
	}
	for _, name := range named {
		if strings.Contains(name[1], "acme") || regexp.MustCompile(`[A-Z]{4}`).MatchString(name[1]) {
			continue
		}
		if _, err := os.Stat(filepath.Join("../..", name[1])); err != nil {
			t.Errorf("CONTRIBUTING.md names %s, which is not there", name[1])
		}
	}
}

// pages are the paths of all pages, from the top of the repository.
func pages(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/providers/*.md"} {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			names = append(names, strings.TrimPrefix(name, "../../"))
		}
	}
	if len(names) < 20 {
		t.Fatalf("only %d pages found", len(names))
	}
	return names
}
