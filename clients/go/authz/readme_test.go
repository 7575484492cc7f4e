package authz_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The code of the page is code of the examples, which run.
func TestReadme(t *testing.T) {
	page := read(t, "../README.md")
	run := unspaced(read(t, "example_test.go") + read(t, "authzgrpc/example_test.go"))
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) < 6 {
		t.Fatalf("only %d blocks of code", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(run, unspaced(block[1])) {
			t.Errorf("no example has this code of the page:\n%s", block[1])
		}
	}
}

// unspaced takes away how far in a line stands.
func unspaced(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
