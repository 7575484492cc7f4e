package receipt

import (
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

func (o Outcome) count() {
	channel, country := string(o.Channel), o.Country
	if country == "" {
		country = "none"
	}
	if o.Status == delivery.StatusDelivered {
		delivered.Inc(channel, o.Provider, country)
		arrival.Observe(o.Took.Milliseconds(), channel, o.Provider, country)
		return
	}
	undelivered.Inc(channel, o.Provider, country, o.Reason)
}
