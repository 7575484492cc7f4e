package delivery_test

import (
	"context"
	"math"
	"testing"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/zeromicro/go-zero/core/prometheus"

	"user-api/internal/delivery"
)

// The depth and the age of the queue are measured each second. They are unknown, not zero,
// while Redis is unavailable.
func TestMetricsOfTheQueue(t *testing.T) {
	prometheus.Enable()
	client, store, goOn := embedded(t), newChallenges(), make(chan struct{})
	slow := &sender{send: func(ctx context.Context, _ delivery.Message, _ int) error {
		<-goOn
		return nil
	}}
	c := newCourier(t, client, store, slow, func(o *delivery.Options) { o.Concurrency = 1 })
	for _, id := range []string{"first", "second", "third"} {
		store.add(id, 1)
		enqueue(t, c, id, 1)
	}
	start(t, c)
	eventually(t, "one running, two waiting", func() bool {
		return gauge(t, "running") == 1 && gauge(t, "waiting") == 2 && gauge(t, "later") == 0 && gauge(t, "") > 0
	})
	close(goOn)
	eventually(t, "an empty queue", func() bool { return gauge(t, "running") == 0 && gauge(t, "waiting") == 0 && gauge(t, "") == 0 })
	// Closing its client would crash asynq; another courier finds no Redis from the start.
	start(t, newCourier(t, noRedis(t), store, slow))
	eventually(t, "nothing is known", func() bool { return math.IsNaN(gauge(t, "waiting")) && math.IsNaN(gauge(t, "")) })
}

// gauge returns the depth of the queue in a state, or its age for an empty state; -1 if it was
// not measured yet.
func gauge(t *testing.T, state string) float64 {
	t.Helper()
	families, err := prom.DefaultGatherer.Gather()
	if err != nil {
		t.Fatalf("Gather: %v", err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			age := family.GetName() == "user_api_delivery_queue_age_seconds" && state == ""
			if age || family.GetName() == "user_api_delivery_queue" && m.GetLabel()[0].GetValue() == state {
				return m.GetGauge().GetValue()
			}
		}
	}
	return -1
}
