package interop

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// docs/compatibility.md has each library with the version that these tests run.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^ |]+) \\|").FindAllSubmatch(page, -1) {
		listed[string(row[1])] = string(row[2])
	}
	for library, version := range used(t) {
		if listed[library] != version {
			t.Errorf("docs/compatibility.md has %s in version %q, the tests run %s", library, listed[library], version)
		}
		delete(listed, library)
	}
	for library := range listed {
		t.Errorf("docs/compatibility.md has %s, which no test runs", library)
	}
}

// used are the libraries that the modules of these tests require, with their versions.
func used(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(scripts + "/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var modules struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &modules); err != nil {
		t.Fatal(err)
	}
	all := modules.Dependencies
	list, err := exec.Command("go", "list", "-m", "-f", "{{if not (or .Main .Replace .Indirect)}}{{.Path}} {{.Version}}{{end}}", "all").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all[path] = version
		}
	}
	return all
}
