package delivery_test

import (
	"strings"
	"testing"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/zeromicro/go-zero/core/prometheus"

	"user-api/internal/delivery"
)

func TestMetricsCountByOutcome(t *testing.T) {
	prometheus.Enable()
	before := metric(t, "outcome:decoy")
	s, store := &sender{}, newChallenges()
	c := newCourier(t, embedded(t), store, s)
	store.add("real", 1)
	store.add("decoy", 1, func(o *delivery.Outgoing) { o.Decoy = true })
	start(t, c)
	enqueue(t, c, "real", 1)
	enqueue(t, c, "decoy", 1)
	eventually(t, "both sends", func() bool { return store.settled() == 2 })
	if got, want := metric(t, "outcome:decoy")-before, 1.0; got != want {
		t.Errorf("%v decoys are counted, want %v", got, want)
	}
	if metric(t, "outcome:sent") == 0 {
		t.Error("no sent message is counted, want some")
	}
}

// metric sums the sends whose labels read as name:value, and fails the test if
// any label holds a number or code.
func metric(t *testing.T, label string) (sum float64) {
	t.Helper()
	families, err := prom.DefaultGatherer.Gather()
	if err != nil {
		t.Fatalf("Gather: %v", err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if strings.Contains(l.GetValue(), secretNumber) || strings.Contains(l.GetValue(), secretCode) {
					t.Errorf("%s has a label that holds %q", family.GetName(), l.GetValue())
				}
				if family.GetName() == "user_api_delivery_sends_total" && l.GetName()+":"+l.GetValue() == label {
					sum += m.GetCounter().GetValue()
				}
			}
		}
	}
	return sum
}
