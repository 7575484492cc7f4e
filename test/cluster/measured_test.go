package cluster

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

const (
	scalingPage = "../../docs/scaling.md"
	tableBegin  = "<!-- measured -->\n"
	tableEnd    = "<!-- /measured -->\n"
)

// results are the rows of the table in docs/scaling.md.
var results struct {
	mu   sync.Mutex
	rows []string
}

// measured records a result next to its promise. A full run writes it to the page.
func measured(t *testing.T, what, found, promised string) {
	t.Helper()
	t.Logf("%s: %s (promised: %s)", what, found, promised)
	if t.Failed() {
		found = "**not held**, " + found
	}
	results.mu.Lock()
	defer results.mu.Unlock()
	results.rows = append(results.rows, fmt.Sprintf("| %s | %s | %s |\n", what, found, promised))
}

// writeMeasured writes the table after a full run of every scenario.
func writeMeasured() {
	raw, err := os.ReadFile(scalingPage)
	head, rest, ok := strings.Cut(string(raw), tableBegin)
	_, tail, ended := strings.Cut(rest, tableEnd)
	if err != nil || !ok || !ended || len(results.rows) == 0 {
		return
	}
	text := head + tableBegin + "\n| scenario | measured | promised |\n|---|---|---|\n" + strings.Join(results.rows, "") + "\n" + tableEnd + tail
	if err := os.WriteFile(scalingPage, []byte(text), 0o644); err != nil {
		fmt.Println(err)
	}
}
