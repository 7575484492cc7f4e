package process

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

const (
	protectPage   = "docs/protect-your-service.md"
	ordersCommand = "go run orders.go -f etc/orders.yaml"
	// tenLines is the number of lines of Go that protect a service.
	tenLines = 10
)

// inMark matches the comment before a block that is a part of a file.
var inMark = regexp.MustCompile(`^<!-- in ([a-z/_.]+)(, ten lines)? -->$`)

// The example of docs/protect-your-service.md works: user-api as configured on the page,
// examples/orders next to it, and a new user who signs in, orders, and signs out.
func TestProtectPage(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	fences := fencesOf(t, protectPage)
	port := testkit.FreePort(t)
	h := newHome(t, issuerEdits(t, fences, port)...)
	p := h.startAt(t, port)
	front, back := splitPage(t, fences)
	variables := map[string]string{"PATH": h.commandPath(t)}
	n := p.walk(t, front, variables)
	orders := kit.NewConsumer(t, p.url, kit.Machine{ID: variables["ORDERS_CLIENT_ID"], Secret: variables["ORDERS_CLIENT_SECRET"]})
	orders.Start()
	if err := orders.Serving("/menu", time.Minute); err != nil {
		t.Fatal(err)
	}
	for i, f := range back {
		back[i].text = strings.ReplaceAll(f.text, "http://127.0.0.1:8080", orders.URL)
	}
	if n += p.walk(t, back, variables); n < 8 {
		t.Errorf("%d blocks were run", n)
	}
	orders.Kill()
	if found := search(orders.Printed()); len(found) > 0 {
		t.Errorf("orders has printed what it must not: %q", found)
	}
	p.terminate(t)
}

// issuerEdits returns the changes that the page makes in etc/user-api.yaml.
func issuerEdits(t *testing.T, fences []fence, port int) (edits []edit) {
	t.Helper()
	shipped, err := os.ReadFile(filepath.Join(repo, "etc/user-api.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fences {
		if f.before != "<!-- edit -->" {
			continue
		}
		var found map[string]map[string]string
		if err := yaml.Unmarshal([]byte(f.text), &found); err != nil || len(found) != 1 || len(found["Auth"]) != 2 {
			t.Fatalf("%s: %v", f.text, err)
		}
		for key, value := range found["Auth"] {
			was := regexp.MustCompile(`\n  ` + key + `: .*\n`).Find(shipped)
			edits = append(edits, edit{string(was), "\n  " + key + ": " + strings.ReplaceAll(value, "8888", strconv.Itoa(port)) + "\n"})
		}
	}
	if len(edits) != 2 {
		t.Fatalf("%s changes %d keys", protectPage, len(edits))
	}
	return edits
}

// splitPage splits the page where the order service is started.
func splitPage(t *testing.T, fences []fence) (front, back []fence) {
	t.Helper()
	var starts []int
	for i, f := range fences {
		if f.before == "<!-- start -->" {
			starts = append(starts, i)
		}
	}
	if len(starts) != 2 || strings.TrimSpace(fences[starts[0]].text) != startCommand ||
		!strings.HasSuffix(strings.TrimSpace(fences[starts[1]].text), ordersCommand) {
		t.Fatalf("%s does not start user-api and then orders", protectPage)
	}
	return fences[:starts[1]], fences[starts[1]:]
}

// The code on the page is that of the example, and ten lines of it protect the service.
func TestProtectPage_code(t *testing.T) {
	t.Parallel()
	n, lines := 0, 0
	for _, f := range fencesOf(t, protectPage) {
		mark := inMark.FindStringSubmatch(f.before)
		if mark == nil {
			continue
		}
		n++
		text, err := os.ReadFile(filepath.Join(repo, mark[1]))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), f.text) {
			t.Errorf("%s does not contain the block of the page:\n%s", mark[1], f.text)
		}
		if mark[2] != "" {
			lines += strings.Count(f.text, "\n")
		}
	}
	if n < 7 || lines != tenLines {
		t.Errorf("%d blocks are code, %d lines protect, want %d", n, lines, tenLines)
	}
}
