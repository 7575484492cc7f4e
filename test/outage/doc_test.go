package outage

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
	"user-api/internal/svc"
)

const (
	deliveryPage = "../../docs/delivery.md"
	tableBegin   = "<!-- faults: made by USER_API_TEST_UPDATE=1 go test ./test/outage -->\n"
	tableEnd     = "<!-- end of faults -->\n"
)

// tables lists the faults of each provider.
var tables = append([]svc.FaultTable{{Name: "every provider that speaks HTTP", Rows: wire.Rows()}}, svc.FaultTables()...)

var (
	again = map[delivery.Retry]string{
		delivery.Never: "no", delivery.Waits: "waits", delivery.Soon: "soon", delivery.Spread: "spread", delivery.Blocks: "held",
	}
	accepted = map[delivery.Class]string{delivery.Ambiguous: "perhaps", delivery.Retryable: "no", delivery.Permanent: "no"}
)

// The delivery page lists the faults that the code uses.
func TestFaultsAreDocumented(t *testing.T) {
	raw, err := os.ReadFile(deliveryPage)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(raw), tableBegin)
	told, tail, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s has no place for the tables", deliveryPage)
	}
	var text strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&text, "\n**%s**\n\n| answer | charged to | accepted | reason | clients see | again | next provider |\n|---|---|---|---|---|---|---|\n", table.Name)
		for _, row := range table.Rows {
			text.WriteString(cells(table.Name, row))
		}
	}
	text.WriteString("\n")
	if os.Getenv("USER_API_TEST_UPDATE") != "" {
		if err := os.WriteFile(deliveryPage, []byte(head+tableBegin+text.String()+tableEnd+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(told, text.String()); diff != "" {
		t.Errorf("docs/delivery.md lists other faults than the code (-docs +code); USER_API_TEST_UPDATE=1 rewrites them:\n%s", diff)
	}
}

func cells(table string, row delivery.Row) string {
	f, next, taken := row.Fault, "yes", accepted[row.Fault.Class]
	if f.Ends || f.Class == delivery.Ambiguous {
		next = "no"
	}
	if strings.Contains(table, "callback") {
		taken = "yes"
	}
	return fmt.Sprintf("| %s | %s | %s | `%s` | `%s` | %s | %s |\n",
		row.Answer, f.Of, taken, f.Reason, delivery.ClientReason(f.Reason), again[f.Retry], next)
}

// Every fault has a responsible party and a retry time, and a message that may have been
// accepted is never sent again.
func TestFaultsAreWhole(t *testing.T) {
	for _, table := range tables {
		seen := map[string]bool{}
		for _, row := range table.Rows {
			f := row.Fault
			if f.Of < delivery.OfMessage || f.Of > delivery.OfServer || f.Reason == "" || again[f.Retry] == "" {
				t.Errorf("%s, %s: %+v lacks something", table.Name, row.Answer, f)
			}
			if f.Class == delivery.Ambiguous && f.Retry != delivery.Never {
				t.Errorf("%s, %s: it may have been accepted but is retried", table.Name, row.Answer)
			}
			if (f.Retry == delivery.Waits) && !f.Moves() {
				t.Errorf("%s, %s: it is retried although it is charged to the %s", table.Name, row.Answer, f.Of)
			}
			if seen[row.Answer] {
				t.Errorf("%s has %s twice", table.Name, row.Answer)
			}
			seen[row.Answer] = true
		}
	}
}
