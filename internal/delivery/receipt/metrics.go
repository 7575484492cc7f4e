package receipt

import (
	"cmp"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/metrics"
)

var (
	delivered = metrics.Counter("user_api_delivery_delivered_total",
		"messages that arrived, according to the provider", "channel", "provider", "country")
	undelivered = metrics.Counter("user_api_delivery_undelivered_total",
		"messages that were accepted and did not arrive, according to the provider", "channel", "provider", "country", "reason")
	arrival = metrics.Histogram("user_api_delivery_arrival_ms",
		"time from the request to the provider until the message arrived, in milliseconds",
		[]float64{500, 1000, 2000, 3000, 5000, 8000, 15000, 30000, 60000, 120000, 300000, 600000}, "channel", "provider", "country")
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
