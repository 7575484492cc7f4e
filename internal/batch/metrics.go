package batch

import "user-api/internal/metrics"

var (
	dropped = metrics.Counter("user_api_batch_dropped_total",
		"rows that were dropped, because the store was unavailable for too long", "table")
	written = metrics.Counter("user_api_batch_written_total",
		"rows written in the background", "table")
	holding = metrics.Gauge("user_api_batch_held",
		"rows that are not yet written", "table")
)
