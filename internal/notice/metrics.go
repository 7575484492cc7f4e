package notice

import "github.com/zeromicro/go-zero/core/metric"

// What becomes of a notice here; whether it is sent, package delivery counts.
const (
	outcomeAsked   = "asked"
	outcomeLimited = "limited"
	outcomeLost    = "lost"
)

var outcomes = metric.NewCounterVec(&metric.CounterVecOpts{
	Namespace: "user_api",
	Name:      "notices_total",
	Help:      "notices to owners of accounts, by what became of them: asked, limited or lost",
	Labels:    []string{"notice", "outcome"},
})
