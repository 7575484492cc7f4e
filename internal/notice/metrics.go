package notice

import "user-api/internal/metrics"

// The outcomes of a notice here. Package delivery counts whether it was sent.
const (
	outcomeAsked   = "asked"
	outcomeLimited = "limited"
	outcomeLost    = "lost"
)

var outcomes = metrics.Counter("user_api_notices_total",
	"notices to account owners, by outcome: asked (requested), limited or lost", "notice", "outcome")
