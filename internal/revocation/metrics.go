package revocation

import "user-api/internal/metrics"

var (
	age = metrics.Gauge("user_api_revocation_age_seconds",
		"age of this node's knowledge of ended sessions; checks are rejected above 5")
	polls = metrics.Gauge("user_api_revocation_polls",
		"open requests to /service/revocations, most of them long polls")
	heldEntries = metrics.Gauge("user_api_revocation_entries",
		"entries of the feed in this node's memory")
)
