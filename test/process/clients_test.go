package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

var (
	// runMark is the comment before each block of a page that is run, with the variables
	// that its answer gives to those behind it.
	runMark = regexp.MustCompile(`^<!-- run(?::((?: [A-Z]+=[A-Za-z_]+)+))? -->$`)
	// clientID is what differs at every run.
	clientID = regexp.MustCompile(`\b([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}\b`)
)

// What docs/clients.md shows is what happens, beside a service that runs.
func TestClientsPage(t *testing.T) { runPage(t, "docs/clients.md", 7) }

// What docs/oauth.md shows is what happens, beside a service that runs.
func TestOAuthPage(t *testing.T) {
	runPage(t, "docs/oauth.md", 8, edit{"\n  Issuer: user-api\n", "\n  Issuer: https://id.example.com\n"})
}

// runPage runs at least so many blocks of a page.
func runPage(t *testing.T, page string, least int, edits ...edit) {
	t.Helper()
	testkit.NotInRace(t, "one thing is asked after the other")
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			testkit.Missing(t, program)
		}
	}
	h := newHome(t, edits...)
	p := h.start(t)
	binary, err := kit.Binary()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "user-api"), []byte("#!/bin/sh\ncd '"+h.dir+"' && exec '"+binary+"' \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{"PATH": bin + ":" + os.Getenv("PATH")}
	fences := fencesOf(t, page)
	n := 0
	for i, f := range fences {
		mark := runMark.FindStringSubmatch(f.before)
		if mark == nil {
			continue
		}
		if f.language != "sh" || i+1 == len(fences) || fences[i+1].language == "sh" {
			t.Fatalf("the block after %q is no sh with an answer", f.before)
		}
		n++
		got := p.bash(t, f.text, variables)
		for _, pair := range strings.Fields(mark[1]) {
			name, key, _ := strings.Cut(pair, "=")
			m := regexp.MustCompile(`\b` + key + `"?: *"?([^"\s]+)`).FindStringSubmatch(got)
			if m == nil {
				t.Fatalf("%s: the answer has no %s: %s", f.text, key, got)
			}
			variables[name] = m[1]
			if key != "otpId" { // which the log has
				remember(m[1])
			}
		}
		if want := strings.TrimSpace(fences[i+1].text); !likened(want, got) {
			t.Errorf("%s: got\n%s\nthe page shows\n%s", f.text, got, want)
		}
	}
	if n < least {
		t.Errorf("%d blocks were run", n)
	}
	p.terminate(t)
}

// likened reports whether an answer is the one that a page shows, but for ids, and what
// is behind an ellipsis.
func likened(want, got string) bool {
	pattern := regexp.QuoteMeta(clientID.ReplaceAllString(want, "ID"))
	pattern = strings.ReplaceAll(pattern, "…", `[A-Za-z0-9._-]+`)
	return regexp.MustCompile("^" + pattern + "$").MatchString(clientID.ReplaceAllString(got, "ID"))
}
