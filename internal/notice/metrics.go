package notice

import "user-api/internal/metrics"

// What becomes of a notice here; whether it is sent, package delivery counts.
const (
	outcomeAsked   = "asked"
	outcomeLimited = "limited"
	outcomeLost    = "lost"
)

var outcomes = metrics.Counter("user_api_notices_total",
	"notices to account owners, by outcome: asked (requested), limited or lost", "notice", "outcome")
