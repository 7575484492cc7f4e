package delivery

import "user-api/internal/metrics"

var (
	sends = metrics.Counter("user_api_delivery_sends_total",
		"attempts to send, by outcome: sent, decoy, retryable, permanent, ambiguous or unconfirmed", "channel", "provider", "outcome")
	failures = metrics.Counter("user_api_delivery_failures_total",
		"requests that a provider did not accept, or that were not sent to it, by reason", "channel", "provider", "reason")
	takenBack = metrics.Counter("user_api_delivery_taken_back_total",
		"sends recovered from a process that was killed")
	left = metrics.Counter("user_api_delivery_left_total",
		"times a send was left to a process of a newer release")
	queued = metrics.Gauge("user_api_delivery_queue",
		"unsettled sends of all nodes: waiting, running or later (scheduled for a retry); NaN while Redis is unavailable", "state")
	queueAge = metrics.Gauge("user_api_delivery_queue_age_seconds",
		"how long the oldest send has been waiting for a worker, of all nodes; NaN while Redis is unavailable")
	circuits = metrics.Gauge("user_api_delivery_circuit",
		"state of this process's circuit for a channel of a provider: 0 closed, 2 open (one probe every five seconds)",
		"provider", "channel")
	latency = metrics.Histogram("user_api_delivery_latency_ms",
		"response time of a provider, in milliseconds",
		[]float64{5, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}, "channel", "provider")
)
