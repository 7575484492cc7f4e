package revocation

import "github.com/zeromicro/go-zero/core/metric"

var age = metric.NewGaugeVec(&metric.GaugeVecOpts{
	Namespace: "user_api", Subsystem: "revocation", Name: "age_seconds",
	Help: "how old what this node knows of ended sessions is; checks are refused above 5",
})
