package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

var (
	// runMark matches the comment before each block of a page that is run, with the
	// variables that its answer sets for later blocks.
	runMark = regexp.MustCompile(`^<!-- run(?::((?: [A-Z_]+=[A-Za-z_]+)+))? -->$`)
	// clientID matches what differs in every run.
	clientID = regexp.MustCompile(`\b([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}\b`)
)

// The examples in these pages work as shown with a running service.
func TestClientsPage(t *testing.T)       { runPage(t, "docs/clients.md", 7) }
func TestIntrospectionPage(t *testing.T) { runPage(t, "docs/introspection.md", 4) }
func TestOAuthPage(t *testing.T) {
	runPage(t, "docs/oauth.md", 8, edit{"\n  Issuer: user-api\n", "\n  Issuer: https://id.example.com\n"})
}

// runPage runs the blocks of a page, of which there must be at least some.
func runPage(t *testing.T, page string, least int, edits ...edit) {
	t.Helper()
	testkit.NotInRace(t, "one thing is asked after the other")
	h := newHome(t, edits...)
	p := h.start(t)
	variables := map[string]string{"PATH": h.commandPath(t)}
	if n := p.walk(t, fencesOf(t, page), variables); n < least {
		t.Errorf("%d blocks were run", n)
	}
	p.terminate(t)
}

// commandPath returns a PATH in which user-api is the command for the home's service.
func (h *home) commandPath(t *testing.T) string {
	t.Helper()
	binary, err := kit.Binary()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "user-api"), []byte("#!/bin/sh\ncd '"+h.dir+"' && exec '"+binary+"' \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return bin + ":" + os.Getenv("PATH")
}

// walk runs the marked blocks of a page and checks the answers it shows. It repeats a
// read-only block for a while. It returns their number; variables are the shell variables,
// to which answers add.
func (p *process) walk(t *testing.T, fences []fence, variables map[string]string) (n int) {
	t.Helper()
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			testkit.Missing(t, program)
		}
	}
	for i, f := range fences {
		mark := runMark.FindStringSubmatch(f.before)
		if mark == nil {
			continue
		}
		if f.language != "sh" || i+1 == len(fences) || fences[i+1].language == "sh" {
			t.Fatalf("the block after %q is no sh with an answer", f.before)
		}
		n++
		got := p.shown(t, f.text, strings.TrimSpace(fences[i+1].text), variables)
		for _, pair := range strings.Fields(mark[1]) {
			name, key, _ := strings.Cut(pair, "=")
			m := regexp.MustCompile(`\b` + key + `"?: *"?([^"\s]+)`).FindStringSubmatch(got)
			if m == nil {
				t.Fatalf("%s: the answer has no %s: %s", f.text, key, got)
			}
			variables[name] = m[1]
			if key != "otpId" { // which is not secret
				remember(m[1])
			}
		}
	}
	return n
}

// shown runs a block until its answer matches the page.
func (p *process) shown(t *testing.T, block, want string, variables map[string]string) (got string) {
	t.Helper()
	looks := regexp.MustCompile(`(?m)^curl `).MatchString(block) && !regexp.MustCompile(` -[dXu] `).MatchString(block)
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if got = p.bash(t, block, variables); likened(want, got) {
			return got
		}
		if !looks || time.Since(begin) > time.Minute {
			t.Errorf("%s: got\n%s\nthe page shows\n%s", block, got, want)
			return got
		}
	}
}

// likened reports whether an answer matches a page, except for ids and text after an
// ellipsis.
func likened(want, got string) bool {
	pattern := regexp.QuoteMeta(clientID.ReplaceAllString(want, "ID"))
	pattern = strings.ReplaceAll(pattern, "…", `[^"\n]+`)
	return regexp.MustCompile("^" + pattern + "$").MatchString(clientID.ReplaceAllString(got, "ID"))
}
