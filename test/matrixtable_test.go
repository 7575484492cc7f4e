package test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	failuresPage = "../docs/failures.md"
	tableBegin   = "<!-- matrix -->\n"
	tableEnd     = "<!-- /matrix -->\n"
	// updateEnv has the page written anew.
	updateEnv = "USER_API_TEST_UPDATE"
)

// wantTable demands that docs/failures.md tells what was found, a cell for each deed in
// each state.
func wantTable(t *testing.T, found map[string][]string) {
	t.Helper()
	raw, err := os.ReadFile(failuresPage)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(raw), tableBegin)
	told, tail, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s has no table", failuresPage)
	}
	is := table(ofRedis, found) + table(ofDatabase, found)
	if os.Getenv(updateEnv) != "" && !strings.Contains(is, fails) {
		if err := os.WriteFile(failuresPage, []byte(head+tableBegin+is+tableEnd+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if told == is {
		return
	}
	t.Errorf("docs/failures.md differs from what was found (-page +found); %s=1 writes it again:\n%s", updateEnv, cmp.Diff(cellsOf(told), cellsOf(is)))
}

// cellsOf returns the cells of each route in a table, so that a difference names its route.
func cellsOf(tables string) map[string][]string {
	cells, store := map[string][]string{}, ""
	for line := range strings.Lines(tables) {
		if name, _, ok := strings.Cut(line, ": what each route does"); ok {
			store = name
		}
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		columns := strings.Split(strings.Trim(line, "| \n"), " | ")
		for route := range strings.SplitSeq(columns[0], "<br>") {
			cells[store+": "+route] = columns[1:]
		}
	}
	return cells
}

// table is the table of one store's states. Routes that fare alike in all of them share
// a row.
func table(store string, found map[string][]string) string {
	var text strings.Builder
	head, rule := "| route |", "|---|"
	for _, s := range states {
		if s.store == store {
			head, rule = head+" "+s.name+" |", rule+"---|"
		}
	}
	fmt.Fprintf(&text, "\n%s: %s\n\n%s\n%s\n", strings.ToUpper(store[:1])+store[1:], "what each route does", head, rule)
	var fares []string
	routes := map[string][]string{}
	for i, deed := range deeds {
		row := ""
		for _, s := range states {
			if s.store == store {
				row += " " + found[s.title()][i] + " |"
			}
		}
		if !slices.Contains(fares, row) {
			fares = append(fares, row)
		}
		routes[row] = append(routes[row], strings.TrimSpace("`"+deed.route+"` "+deed.way))
	}
	for _, row := range fares {
		fmt.Fprintf(&text, "| %s |%s\n", strings.Join(routes[row], "<br>"), row)
	}
	return text.String() + "\n"
}
