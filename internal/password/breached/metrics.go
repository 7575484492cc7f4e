package breached

import "user-api/internal/metrics"

var asked = metrics.Counter("user_api_password_breached_checks_total",
	"lookups in the list of breached passwords, by outcome: breached, clean, failed (no response), shut (circuit open)", "outcome")
