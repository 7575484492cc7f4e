package health

import "github.com/zeromicro/go-zero/core/metric"

var states = metric.NewGaugeVec(&metric.GaugeVecOpts{
	Namespace: "user_api", Subsystem: "part", Name: "state",
	Help:   "1 for the state a part is in, 0 for the others: ok, read_only or down",
	Labels: []string{"part", "state"},
})
