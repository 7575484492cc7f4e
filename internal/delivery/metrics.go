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

	failures = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "failures_total",
		Help:      "requests that a provider did not accept, or that were not made to it, by reason",
		Labels:    []string{"channel", "provider", "reason"},
	})

	takenBack = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "taken_back_total",
		Help:      "sends taken up from a process that was killed",
	})

	left = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "left_total",
		Help:      "times a send was left for a process of a newer release",
	})

	queued = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "queue",
		Help:      "sends that are not settled, of all nodes together: waiting, running or later (to be tried again); NaN while Redis cannot be asked",
		Labels:    []string{"state"},
	})

	queueAge = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "queue_age_seconds",
		Help:      "for how long the oldest send waits for a worker, of all nodes together; NaN while Redis cannot be asked",
	})

	circuits = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "circuit",
		Help:      "whether this process asks a provider for a channel: 0 it does, 2 it tries one message in five seconds",
		Labels:    []string{"provider", "channel"},
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
