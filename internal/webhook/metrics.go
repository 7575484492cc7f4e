package webhook

import (
	"context"

	"github.com/zeromicro/go-zero/core/metric"
)

var (
	tried = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api", Name: "webhook_tries_total", Labels: []string{"endpoint", "outcome"},
		Help: "requests to endpoints of webhooks, by outcome: delivered, refused (another status), given_back (cut off at the end of the process), address, connection, timeout, tls or unreachable",
	})
	waiting = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Name: "webhook_pending", Labels: []string{"endpoint"},
		Help: "events that an endpoint has not been told of yet",
	})
	oldest = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Name: "webhook_oldest_seconds", Labels: []string{"endpoint"},
		Help: "how long ago the oldest event happened that an endpoint has not been told of yet; 0 without any",
	})
	givenUp = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Name: "webhook_failed", Labels: []string{"endpoint"},
		Help: "events that were given up and can still be sent again by `webhooks replay`",
	})
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
