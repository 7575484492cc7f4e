package receipt

import (
	"cmp"
	"time"

	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/delivery"
)

var (
	delivered = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "delivered_total",
		Help:      "messages that arrived, as the provider tells",
		Labels:    []string{"channel", "provider", "country"},
	})

	undelivered = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "undelivered_total",
		Help:      "messages that were accepted and did not arrive, as the provider tells",
		Labels:    []string{"channel", "provider", "country", "reason"},
	})

	arrival = metric.NewHistogramVec(&metric.HistogramVecOpts{
		Namespace: "user_api",
		Subsystem: "delivery",
		Name:      "arrival_ms",
		Help:      "time from the request to the provider until the message arrived, in milliseconds",
		Labels:    []string{"channel", "provider", "country"},
		Buckets:   []float64{500, 1000, 2000, 3000, 5000, 8000, 15000, 30000, 60000, 120000, 300000, 600000},
	})
)

func count(of ref, r delivery.Receipt, took time.Duration) {
	channel, country := string(of.channel), cmp.Or(of.country, "none")
	if r.Status == delivery.StatusDelivered {
		delivered.Inc(channel, of.provider, country)
		arrival.Observe(took.Milliseconds(), channel, of.provider, country)
		return
	}
	undelivered.Inc(channel, of.provider, country, r.Reason)
}
