package circuit_test

import (
	"testing"
	"time"

	"user-api/internal/circuit"
)

// Each row is the history of a circuit: what happens, at which second, and what a request
// may do then.
func TestCircuit(t *testing.T) {
	type event struct {
		at int // seconds
		// do is ask, yield for a request that yields, or the end of a request: fine or
		// fault, with ! for that of a probe.
		do   string
		want circuit.Decision // for ask and yield
	}
	trip := []event{{0, "fault", 0}, {1, "fault", 0}, {2, "fault", 0}, {3, "fault", 0}, {4, "fault", 0}}
	after := func(more ...event) []event { return append(trip[:5:5], more...) }
	tests := []struct {
		name   string
		events []event
	}{
		{"four faults in a row", append(trip[:4:4], event{9, "ask", circuit.Pass})},
		{"five faults with an answer between", append(trip[:4:4], event{4, "fine", 0}, event{5, "fault", 0}, event{6, "ask", circuit.Pass})},
		{"five faults in a row", after(event{5, "ask", circuit.Reject}, event{8, "ask", circuit.Reject})},
		{"one probe after 5 s", after(event{9, "ask", circuit.Probe}, event{9, "ask", circuit.Reject}, event{13, "ask", circuit.Reject})},
		{"a probe that is answered", after(event{9, "ask", circuit.Probe}, event{10, "fine!", 0}, event{10, "ask", circuit.Pass})},
		{"a probe that fails, and the next 5 s after it began", after(event{9, "ask", circuit.Probe}, event{10, "fault!", 0}, event{13, "ask", circuit.Reject}, event{14, "ask", circuit.Probe})},
		{"still after half an hour", after(event{1800, "ask", circuit.Probe}, event{1801, "fault!", 0}, event{1804, "ask", circuit.Reject}, event{1805, "ask", circuit.Probe})},
		{"a probe that hangs does not delay the next", after(event{9, "ask", circuit.Probe}, event{14, "ask", circuit.Probe}, event{15, "fine!", 0}, event{15, "ask", circuit.Pass}, event{39, "fault!", 0}, event{39, "ask", circuit.Pass})},
		{"a request that yields probes later", after(event{9, "yield", circuit.Reject}, event{11, "yield", circuit.Reject}, event{12, "yield", circuit.Probe}, event{12, "ask", circuit.Reject})},
		{"a recovery resets the count", after(event{9, "ask", circuit.Probe}, event{9, "fine!", 0},
			event{10, "fault", 0}, event{10, "fault", 0}, event{10, "fault", 0}, event{10, "fault", 0}, event{10, "ask", circuit.Pass})},
		{"requests from before the circuit opened do not count", after(event{5, "fine", 0}, event{6, "fault", 0}, event{7, "ask", circuit.Reject})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c circuit.Circuit
			for _, e := range tt.events {
				now := time.Unix(int64(e.at), 0)
				switch e.do {
				case "ask", "yield":
					next, got := c.Admit(now, e.do == "yield")
					if c = next; got != e.want {
						t.Errorf("at %d s the decision is %d, want %d", e.at, got, e.want)
					}
				default:
					c = c.After(e.do[:4] == "faul", e.do[len(e.do)-1] == '!', now)
				}
			}
		})
	}
}

// Settings survive a recovery, and a circuit that was opened until a time waits for it.
func TestCircuit_settings(t *testing.T) {
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	c := circuit.Circuit{Failures: 2, ProbeEvery: time.Second}
	for range 2 {
		c = c.After(true, false, at(0)).After(false, true, at(0)).After(true, false, at(0))
		if c.Open {
			t.Fatal("one failure after a recovery opens the circuit")
		}
		if c = c.After(true, false, at(0)); !c.Open || c.Wait(at(0)) != time.Second {
			t.Fatalf("%+v after two failures, want it open for a second", c)
		}
		if c = c.OpenUntil(at(60)); c.Wait(at(59)) != time.Second {
			t.Fatalf("%+v, want the next probe at 60 s", c)
		}
		if _, decision := c.Admit(at(60), false); decision != circuit.Probe {
			t.Fatalf("decision %d at 60 s", decision)
		}
		c = c.After(false, true, at(60))
	}
}
