package authz_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The code in the README is code of the examples, which are compiled and run.
func TestReadme(t *testing.T) {
	page := read(t, "../README.md")
	run := unspaced(read(t, "example_test.go") + read(t, "authzgrpc/example_test.go"))
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) < 6 {
		t.Fatalf("only %d blocks of code", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(run, unspaced(block[1])) {
			t.Errorf("no example has this code of the README:\n%s", block[1])
		}
	}
}

// unspaced removes indentation.
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
