package webhook

import (
	"context"

	"user-api/internal/metrics"
)

var (
	tried = metrics.Counter("user_api_webhook_tries_total",
		"requests to webhook endpoints, by outcome: delivered, refused (any other status), given_back (canceled at shutdown), address, connection, timeout, tls or unreachable",
		"endpoint", "outcome")
	waiting = metrics.Gauge("user_api_webhook_pending",
		"events not yet delivered to an endpoint", "endpoint")
	oldest = metrics.Gauge("user_api_webhook_oldest_seconds",
		"age of the oldest event not yet delivered to an endpoint; 0 if there is none", "endpoint")
	givenUp = metrics.Gauge("user_api_webhook_failed",
		"events that were given up and can still be resent by `webhooks replay`", "endpoint")
)

// count sets the gauges.
func (w *Webhooks) count(ctx context.Context) error {
	for _, e := range w.Endpoints {
		totals, err := w.Rows.Totals(ctx, e.Name)
		if err != nil {
			return err
		}
		waiting.Set(float64(totals.Pending), e.Name)
		oldest.Set(float64(totals.Oldest)/1000, e.Name)
		givenUp.Set(float64(totals.Failed), e.Name)
	}
	return nil
}
