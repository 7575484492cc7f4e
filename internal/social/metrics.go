package social

import (
	"errors"

	"user-api/internal/metrics"
)

var (
	proofs = metrics.Counter("user_api_social_proofs_total",
		"verified id_tokens and codes of providers, by outcome: proven, refused or unavailable", "provider", "outcome")
	requests = metrics.Counter("user_api_social_requests_total",
		"requests to a provider, by outcome: answered, failed, limited (the provider asks us to wait), busy (too many in progress) or open (circuit open)",
		"provider", "outcome")
	circuits = metrics.Gauge("user_api_social_circuit",
		"state of this process's circuit for a provider: 0 closed, 2 open (one probe every five seconds)", "provider")
)

// outcome returns the metric label for a result.
func outcome(err error) string {
	switch {
	case err == nil:
		return "proven"
	case errors.Is(err, ErrRefused), errors.Is(err, ErrUnsupported):
		return "refused"
	}
	return "unavailable"
}
