package process

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"user-api/internal/testkit"
)

// Metrics that a part reports only when it is created are in the output of a new node: they
// are registered before the parts. Profiles have another switch.
func TestMetrics_fromTheStart(t *testing.T) {
	t.Parallel()
	port := testkit.FreePort(t)
	p := newHome(t, edit{"DevServer:\n  Enabled: false", "DevServer:\n  Enabled: true"},
		edit{"  Port: 6060", fmt.Sprintf("  Port: %d", port)}).start(t)
	second := &process{url: fmt.Sprintf("http://127.0.0.1:%d", port), out: p.out}
	for _, want := range []string{
		`user_api_build_info{go="go1.`, `user_api_delivery_circuit{channel="sms",provider="inbox"} 0`,
		`user_api_part_state{part="database",state="ok"} 1`, `user_api_part_state{part="redis",state="ok"} 1`,
		`user_api_delivery_queue{state="waiting"} 0`, `user_api_delivery_queue_age_seconds 0`, `user_api_revocation_age_seconds 0`,
		`user_api_store_latency_ms_count{op="read",store="database"}`, `user_api_store_latency_ms_count{op="pipeline",store="redis"}`,
	} {
		await(t, time.Minute, want, func() bool {
			return strings.Contains(string(second.get(t, "/metrics", "").Body), "\n"+want)
		})
	}
	if got := second.get(t, "/debug/pprof/", "").Status; got != http.StatusNotFound {
		t.Errorf("profiles without their switch: %d, want 404", got)
	}
}
