package idempotency

import "user-api/internal/metrics"

var outcomes = metrics.Counter("user_api_idempotency_requests_total",
	"requests with an Idempotency-Key: new, replayed, mismatch, unkept (served without the guarantee) or unavailable", "outcome")
