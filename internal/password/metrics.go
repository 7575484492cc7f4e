package password

import "github.com/zeromicro/go-zero/core/metric"

var (
	busy = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api", Subsystem: "password", Name: "busy_total",
		Help:   "hashes refused: the queue was full, a network held its share of it, or the wait was over",
		Labels: []string{"reason"},
	})
	callers = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Subsystem: "password", Name: "callers",
		Help: "who has a hash computed now (running), and who waits for that (waiting); a caller of several hashes is as many that run", Labels: []string{"state"},
	})
	hashes = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api", Subsystem: "password", Name: "hashes_total",
		Help: "hashes computed, to set a password or to verify one", Labels: []string{"for"},
	})
)
