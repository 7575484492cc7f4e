package password

import "user-api/internal/metrics"

var (
	busy = metrics.Counter("user_api_password_busy_total",
		"hashes refused, because the queue was full, a network had used its share of it, or the wait timed out", "reason")
	callers = metrics.Gauge("user_api_password_callers",
		"callers whose hash is being computed (running) or queued (waiting); a caller of several hashes counts once per hash", "state")
	hashes = metrics.Counter("user_api_password_hashes_total",
		"hashes computed, to set or to verify a password", "for")
)
