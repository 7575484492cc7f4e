package arch

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"user-api/internal/event"
)

// The account page has a text for every event that a user is told of, and for no other. That
// every language has it holds the test of the texts.
func TestTexts_events(t *testing.T) {
	var texts map[string]string
	if err := json.Unmarshal([]byte(page(t, "internal/web/src/texts/en.json")), &texts); err != nil {
		t.Fatal(err)
	}
	for key := range texts {
		if kind, ok := strings.CutPrefix(key, "account.event."); ok && !slices.Contains(event.OwnerKinds(), kind) {
			t.Errorf("there is a text for %s, which nobody is told of", kind)
		}
		reason, ok := strings.CutPrefix(key, "account.reason.")
		if ok && !slices.Contains(event.Reasons, event.Reason(reason)) {
			t.Errorf("there is a text for the reason %s, which there is not", reason)
		}
	}
	for _, kind := range event.OwnerKinds() {
		if texts["account.event."+kind] == "" {
			t.Errorf("there is no text for %s", kind)
		}
	}
}
