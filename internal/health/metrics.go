package health

import "user-api/internal/metrics"

var states = metrics.Gauge("user_api_part_state",
	"1 for the current state of a part, 0 for the others: ok, read_only or down", "part", "state")
