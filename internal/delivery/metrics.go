package delivery

import "github.com/zeromicro/go-zero/core/metric"

var (
	sends = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "sends_total",
		Help:      "tries to send, by outcome: sent, decoy, retryable, permanent, ambiguous or unconfirmed",
		Labels:    []string{"channel", "provider", "outcome"},
	})

	latency = metric.NewHistogramVec(&metric.HistogramVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "latency_ms",
		Help:      "time a provider took to answer, in milliseconds",
		Labels:    []string{"channel", "provider"},
		Buckets:   []float64{5, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000},
	})
)
