package delivery_test

import (
	"fmt"
	"slices"
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
	if metric(t, "outcome:sent") == 0 {
		t.Error("no sent message is counted, want some")
	}
	if got, want := metric(t, "outcome:decoy")-before, 1.0; got != want {
		t.Errorf("%v decoys are counted, want %v", got, want)
	}
}

func TestMetricsTellOfAProviderThatFails(t *testing.T) {
	prometheus.Enable()
	shut, store := &sender{name: "shut", send: always(delivery.FaultCredentials)}, newChallenges()
	c := newCourier(t, embedded(t), store, shut)
	if got := total(t, "user_api_delivery_circuit", "provider:shut"); got != 0 {
		t.Errorf("the circuit is %v before anything was sent, want 0", got)
	}
	start(t, c)
	for n := range 5 {
		settle(t, c, store, fmt.Sprint("shut", n), short)
	}
	if got := total(t, "user_api_delivery_failures_total", "reason:provider_credentials", "provider:shut", "channel:sms"); got != 5 {
		t.Errorf("%v failures are counted, want 5", got)
	}
	if got := total(t, "user_api_delivery_circuit", "provider:shut", "channel:sms"); got != 2 {
		t.Errorf("the circuit is %v, want 2", got)
	}
}

// metric returns the sum of the sends with a label name:value.
func metric(t *testing.T, label string) float64 {
	t.Helper()
	return total(t, "user_api_delivery_sends_total", label)
}

// total returns the sum of a metric over all series with the labels. It fails the test if any
// label of any metric contains a number or code.
func total(t *testing.T, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := prom.DefaultGatherer.Gather()
	if err != nil {
		t.Fatalf("Gather: %v", err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			matched := 0
			for _, l := range m.GetLabel() {
				if strings.Contains(l.GetValue(), secretNumber) || strings.Contains(l.GetValue(), secretCode) {
					t.Errorf("%s has a label that holds %q", family.GetName(), l.GetValue())
				}
				if slices.Contains(labels, l.GetName()+":"+l.GetValue()) {
					matched++
				}
			}
			if family.GetName() == name && matched == len(labels) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}
