package process

import (
	"syscall"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

const (
	// concurrency is the number of messages that a process sends concurrently.
	concurrency = 32
	// killTime is the time after a kill within which every send in progress is settled.
	killTime = 15 * time.Second
)

// Processes that are killed while sending lose nothing that is queued. The attempts in
// progress may have reached the provider, so they are not repeated but reported as
// unconfirmed.
func TestKillWhileSending(t *testing.T) {
	eachStores(t, func(t *testing.T, h *home) {
		h.edits = append(h.edits, edit{"Expire: 300", "Expire: 600"})
		api := newProvider(t, h)
		api.slow(sendTime)
		p := h.start(t)
		asked := p.askMany(t, sends)
		const kills = 2
		begun := 0
		var killed time.Time
		for range kills {
			await(t, time.Minute, "messages under way", func() bool { return len(api.Requests()) >= begun+concurrency })
			p.kill(t)
			killed = time.Now()
			begun = len(api.Requests())
			p = h.start(t)
		}
		if begun > sends-concurrency {
			t.Fatalf("%d of %d messages were begun before the last kill, want it in the middle", begun, sends)
		}
		api.slow(0)
		checkKilled(t, api, p.outcomes(t, time.Until(killed.Add(kit.Busy(killTime))), asked), kills*concurrency)
		t.Logf("settled %v after the last kill", time.Since(killed).Round(100*time.Millisecond))
		p.terminate(t)
	})
}

// The other node takes over the messages of a node that was killed while sending.
func TestKillOneOfTwo(t *testing.T) {
	testkit.NotInRace(t, "judges when the sends of a killed process are settled")
	t.Parallel()
	var homes [2]*home
	homes[0] = newHome(t).onRealStores(t).withSecrets(newSecret(), newSecret(), newSecret())
	api := newProvider(t, homes[0])
	homes[1] = newHome(t)
	homes[1].env, homes[1].edits = homes[0].env, homes[0].edits
	dies, lives := homes[0].start(t), homes[1].start(t)
	// More are requested than both take before the kill, so that each always has some in
	// progress; the killed one gets its first while the other is stopped.
	api.slow(sendTime)
	lives.signal(t, syscall.SIGSTOP)
	asked := dies.askMany(t, sends-1)
	await(t, time.Minute, "messages under way", func() bool { return len(api.Requests()) >= concurrency })
	lives.signal(t, syscall.SIGCONT)
	await(t, time.Minute, "messages of both", func() bool { return len(api.Requests()) >= 2*concurrency })
	dies.kill(t)
	killed := time.Now()
	if begun := len(api.Requests()); begun == sends-1 {
		t.Fatal("all messages were begun before the kill, want it in the middle")
	}
	api.slow(0)
	outcomes := lives.outcomes(t, kit.Busy(killTime), asked)
	t.Logf("settled %v after the kill", time.Since(killed).Round(100*time.Millisecond))
	checkKilled(t, api, outcomes, concurrency)
	lives.terminate(t)
}

// checkKilled checks that each number was sent one message or is reported as unconfirmed,
// which applies to some, but at most to the given number.
func checkKilled(t *testing.T, api *provider, outcomes map[string]string, most int) {
	t.Helper()
	unconfirmed, messages := 0, api.messages()
	for phone, outcome := range outcomes {
		switch n := len(messages[phone]); {
		case outcome == "sent" && n == 1:
		case outcome == "failed unconfirmed" && n <= 1:
			unconfirmed++
		default:
			t.Errorf("%s: %d messages, status %q; want 1, sent; or at most 1, failed unconfirmed", phone, n, outcome)
		}
	}
	if unconfirmed == 0 || unconfirmed > most {
		t.Errorf("%d sends are unconfirmed, want at most the %d under way at a kill, and some", unconfirmed, most)
	}
}
