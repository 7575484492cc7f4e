package config_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

const secretsPage = "../../docs/secrets.md"

// sections are the headings of the page that describe how a secret is rotated.
var sections = map[config.Change]string{
	config.ChangeOwn: "of-the-service", config.ChangeSecond: "of-the-service", config.ChangeShared: "shared-with-one-other-side",
	config.ChangeStore: "of-the-stores", config.ChangeProvider: "of-providers",
}

// secretRow matches a row of the table of secrets.
type secretRow struct{ key, env, file, maker, section string }

// The page lists every secret once, with its variables, who generates it, and the section
// with the steps to rotate it.
func TestSecretsPage(t *testing.T) {
	page := read(t, secretsPage)
	var want, got []secretRow
	for _, s := range config.SecretKeys() {
		row := secretRow{s.Key, s.Env, s.Env + "_FILE", "", sections[s.Change]}
		switch {
		case s.Makes():
			row.maker = "secrets new"
		case s.Change == config.ChangeSecond:
			row.maker = "secrets rotate"
		}
		want = append(want, row)
	}
	anchor := regexp.MustCompile(`\(#([a-z-]+)\)`)
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 9 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		row := secretRow{cells[1], cells[2], cells[3], cells[5], ""}
		if !strings.HasPrefix(row.maker, "secrets ") {
			row.maker = ""
		}
		if m := anchor.FindStringSubmatch(cells[6]); m != nil {
			row.section = m[1]
		}
		if cells[7] == "" {
			t.Errorf("%s: nothing is said of its loss", row.key)
		}
		got = append(got, row)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(secretRow{})); diff != "" {
		t.Errorf("rows (-struct +%s):\n%s", secretsPage, diff)
	}
	for _, section := range sections {
		text := sectionOf(page, section)
		for _, step := range []string{"\n1. ", "\n2. ", "\n3. "} {
			if !strings.Contains(text, step) {
				t.Errorf("the section %s has no step %s", section, strings.TrimSpace(step))
			}
		}
	}
}

// sectionOf returns the text below a heading, by its anchor.
func sectionOf(page, anchor string) string {
	for part := range strings.SplitSeq(page, "\n## ") {
		heading, text, _ := strings.Cut(part, "\n")
		if strings.ReplaceAll(strings.ToLower(heading), " ", "-") == anchor {
			return text
		}
	}
	return ""
}
