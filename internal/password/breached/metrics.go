package breached

import "github.com/zeromicro/go-zero/core/metric"

var asked = metric.NewCounterVec(&metric.CounterVecOpts{
	Namespace: "user_api", Name: "password_breached_checks_total", Labels: []string{"outcome"},
	Help: "passwords that were looked for in the list of breached ones, by outcome: breached, clean, failed (no answer), shut (not asked, after failures)",
})
