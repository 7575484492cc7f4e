package circuit_test

import (
	"testing"
	"time"

	"user-api/internal/circuit"
)

// Each row is a life of a circuit: what happens, at which second, and what a request
// may then do.
func TestCircuit(t *testing.T) {
	type event struct {
		at int // seconds
		// do is ask, or back for one that stands back, or the end of a request: fine,
		// fault; with ! that of a probe.
		do   string
		want circuit.Turn // of ask and back
	}
	trip := []event{{0, "fault", 0}, {1, "fault", 0}, {2, "fault", 0}, {3, "fault", 0}, {4, "fault", 0}}
	after := func(more ...event) []event { return append(trip[:5:5], more...) }
	tests := []struct {
		name   string
		events []event
	}{
		{"four faults in a row", append(trip[:4:4], event{9, "ask", circuit.Passes})},
		{"five faults with an answer between", append(trip[:4:4], event{4, "fine", 0}, event{5, "fault", 0}, event{6, "ask", circuit.Passes})},
		{"five faults in a row", after(event{5, "ask", circuit.Shut}, event{8, "ask", circuit.Shut})},
		{"one probe after 5 s", after(event{9, "ask", circuit.Probes}, event{9, "ask", circuit.Shut}, event{13, "ask", circuit.Shut})},
		{"a probe that is answered", after(event{9, "ask", circuit.Probes}, event{10, "fine!", 0}, event{10, "ask", circuit.Passes})},
		{"a probe that fails, and the next 5 s after it began", after(event{9, "ask", circuit.Probes}, event{10, "fault!", 0}, event{13, "ask", circuit.Shut}, event{14, "ask", circuit.Probes})},
		{"after half an hour still", after(event{1800, "ask", circuit.Probes}, event{1801, "fault!", 0}, event{1804, "ask", circuit.Shut}, event{1805, "ask", circuit.Probes})},
		{"a probe that hangs keeps no other waiting", after(event{9, "ask", circuit.Probes}, event{14, "ask", circuit.Probes}, event{15, "fine!", 0}, event{15, "ask", circuit.Passes}, event{39, "fault!", 0}, event{39, "ask", circuit.Passes})},
		{"who stands back comes later", after(event{9, "back", circuit.Shut}, event{11, "back", circuit.Shut}, event{12, "back", circuit.Probes}, event{12, "ask", circuit.Shut})},
		{"after a recovery all begins anew", after(event{9, "ask", circuit.Probes}, event{9, "fine!", 0},
			event{10, "fault", 0}, event{10, "fault", 0}, event{10, "fault", 0}, event{10, "fault", 0}, event{10, "ask", circuit.Passes})},
		{"what began before it opened tells nothing", after(event{5, "fine", 0}, event{6, "fault", 0}, event{7, "ask", circuit.Shut})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c circuit.Circuit
			for _, e := range tt.events {
				now := time.Unix(int64(e.at), 0)
				switch e.do {
				case "ask", "back":
					next, got := c.Admit(now, e.do == "back")
					if c = next; got != e.want {
						t.Errorf("at %d s a request may %d, want %d", e.at, got, e.want)
					}
				default:
					c = c.After(e.do[:4] == "faul", e.do[len(e.do)-1] == '!', now)
				}
			}
		})
	}
}
