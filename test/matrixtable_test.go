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
	// updateEnv makes the test rewrite the page.
	updateEnv = "USER_API_TEST_UPDATE"
)

// wantTable checks that docs/failures.md matches the results, with a cell for each deed in
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
	page := cellsOf(told)
	is := table(ofRedis, found, page) + table(ofDatabase, found, page)
	if os.Getenv(updateEnv) != "" && !strings.Contains(is, fails) {
		if err := os.WriteFile(failuresPage, []byte(head+tableBegin+is+tableEnd+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if told == is {
		return
	}
	t.Errorf("docs/failures.md differs from what was found (-page +found); %s=1 writes it again:\n%s", updateEnv, cmp.Diff(page, cellsOf(is)))
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

func titled(store string) string { return strings.ToUpper(store[:1]) + store[1:] }

// table returns the table of one store's states. Routes with equal results share a row. For
// an answer that came late, the page decides.
func table(store string, found, page map[string][]string) string {
	var text strings.Builder
	head, rule := "| route |", "|---|"
	for _, s := range states {
		if s.store == store {
			head, rule = head+" "+s.name+" |", rule+"---|"
		}
	}
	fmt.Fprintf(&text, "\n%s: %s\n\n%s\n%s\n", titled(store), "what each route does", head, rule)
	var fares []string
	routes := map[string][]string{}
	for i, deed := range deeds {
		row, name, column := "", strings.TrimSpace("`"+deed.route+"` "+deed.way), 0
		known := page[titled(store)+": "+name]
		for _, s := range states {
			if s.store != store {
				continue
			}
			cell := found[s.title()][i]
			if cell == late {
				cell = "503"
				if column < len(known) {
					cell = known[column]
				}
			}
			row += " " + cell + " |"
			column++
		}
		if !slices.Contains(fares, row) {
			fares = append(fares, row)
		}
		routes[row] = append(routes[row], name)
	}
	for _, row := range fares {
		fmt.Fprintf(&text, "| %s |%s\n", strings.Join(routes[row], "<br>"), row)
	}
	return text.String() + "\n"
}
