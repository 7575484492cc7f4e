// Package outage holds the table of faults in docs/delivery.md against what the
// providers make of them.
package outage

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
	"user-api/internal/delivery/gateway"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/smtp"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/wire"
)

const (
	deliveryPage = "../../docs/delivery.md"
	tableBegin   = "<!-- faults: made by USER_API_TEST_UPDATE=1 go test ./test/outage -->\n"
	tableEnd     = "<!-- end of faults -->\n"
)

// tables are the faults of each provider. A new provider adds its own, and examples of
// each row in examples.
var tables = []struct {
	name string
	rows []delivery.Row
}{
	{"every provider that speaks HTTP", wire.Rows()},
	{"http", gateway.Rows()},
	{"twilio", twilio.Rows()},
	{"twilio, in a callback", twilio.ReceiptRows()},
	{"smtp", smtp.Rows()},
	{"inbox, by number", inbox.Rows()},
}

var (
	again = map[delivery.Retry]string{
		delivery.Never: "no", delivery.Waits: "waits", delivery.Soon: "soon", delivery.Spread: "spread", delivery.Held: "held",
	}
	accepted = map[delivery.Class]string{delivery.Ambiguous: "perhaps", delivery.Retryable: "no", delivery.Permanent: "no"}
)

// The page of delivery has the faults by which the code goes.
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
		fmt.Fprintf(&text, "\n**%s**\n\n| answer | charged to | accepted | reason | clients are told | again | next provider |\n|---|---|---|---|---|---|---|\n", table.name)
		for _, row := range table.rows {
			text.WriteString(cells(table.name, row))
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
		t.Errorf("docs/delivery.md tells other faults than the code (-told +code); USER_API_TEST_UPDATE=1 writes them anew:\n%s", diff)
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
		row.Answer, f.Of, taken, f.Reason, delivery.Told(f.Reason), again[f.Retry], next)
}

// Every fault names whom it is charged to and when it is tried again, and what may have
// been accepted is never sent again.
func TestFaultsAreWhole(t *testing.T) {
	for _, table := range tables {
		seen := map[string]bool{}
		for _, row := range table.rows {
			f := row.Fault
			if f.Of < delivery.OfMessage || f.Of > delivery.OfServer || f.Reason == "" || again[f.Retry] == "" {
				t.Errorf("%s, %s: %+v lacks something", table.name, row.Answer, f)
			}
			if f.Class == delivery.Ambiguous && f.Retry != delivery.Never {
				t.Errorf("%s, %s: it may have been accepted and is tried again", table.name, row.Answer)
			}
			if (f.Retry == delivery.Waits) && !f.Moves() {
				t.Errorf("%s, %s: it waits for what lies with the %s", table.name, row.Answer, f.Of)
			}
			if seen[row.Answer] {
				t.Errorf("%s has %s twice", table.name, row.Answer)
			}
			seen[row.Answer] = true
		}
	}
}
