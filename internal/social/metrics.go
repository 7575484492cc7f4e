package social

import (
	"errors"

	"github.com/zeromicro/go-zero/core/metric"
)

var (
	proofs = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "social",
		Name:      "proofs_total",
		Help:      "id_tokens and codes of providers that were looked at, by outcome: proven, refused or unavailable",
		Labels:    []string{"provider", "outcome"},
	})

	requests = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "social",
		Name:      "requests_total",
		Help:      "requests to a provider, by outcome: answered, failed, limited (it asks us to wait), busy (too many are under way) or open (it is left alone)",
		Labels:    []string{"provider", "outcome"},
	})

	circuits = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api",
		Subsystem: "social",
		Name:      "circuit",
		Help:      "whether this process asks a provider: 0 it does, 2 it tries one request in five seconds",
		Labels:    []string{"provider"},
	})
)

// outcome is the word for how a proof has ended.
func outcome(err error) string {
	switch {
	case err == nil:
		return "proven"
	case errors.Is(err, ErrRefused), errors.Is(err, ErrUnsupported):
		return "refused"
	}
	return "unavailable"
}
