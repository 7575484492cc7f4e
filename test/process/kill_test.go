package process

import (
	"testing"
	"time"

	"user-api/internal/testkit"
)

const (
	// concurrency is how many messages a process sends at once.
	concurrency = 32
	// leaseTime bounds how long it takes until the queue gives up on a killed
	// worker: its lease ends after 30 s, is believed for 30 s more, and is looked
	// at once a minute.
	leaseTime = 150 * time.Second
)

// Processes that are killed in the middle of their sends lose nothing that is
// queued. The tries under way at that moment may have reached the provider, so
// they are not repeated but told as unconfirmed.
func TestKillWhileSending(t *testing.T) {
	testkit.NotInRace(t, "the queue takes a minute to give up on a killed worker")
	eachStores(t, func(t *testing.T, h *home) {
		h.edits = append(h.edits, edit{"Expire: 300", "Expire: 600"})
		api := newProvider(t, h)
		api.slow(sendTime)
		p := h.start(t)
		asked := p.askMany(t, sends)
		const kills = 2
		begun := 0
		for range kills {
			await(t, 30*time.Second, "messages under way", func() bool { return len(api.Requests()) >= begun+concurrency })
			p.kill(t)
			begun = len(api.Requests())
			p = h.start(t)
		}
		if begun > sends-concurrency {
			t.Fatalf("%d of %d messages were begun before the last kill, want it in the middle", begun, sends)
		}
		api.slow(0)

		unconfirmed := 0
		outcomes, messages := p.outcomes(t, leaseTime, asked), api.messages()
		for phone, outcome := range outcomes {
			switch n := len(messages[phone]); {
			case outcome == "sent" && n == 1:
			case outcome == "failed unconfirmed" && n <= 1:
				unconfirmed++
			default:
				t.Errorf("%s: %d messages, status %q; want 1, sent; or at most 1, failed unconfirmed", phone, n, outcome)
			}
		}
		if unconfirmed == 0 || unconfirmed > kills*concurrency {
			t.Errorf("%d sends are unconfirmed, want at most the %d under way at the %d kills, and some", unconfirmed, kills*concurrency, kills)
		}
		p.terminate(t)
	})
}
