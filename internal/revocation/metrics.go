package revocation

import "github.com/zeromicro/go-zero/core/metric"

var (
	age = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Subsystem: "revocation", Name: "age_seconds",
		Help: "how old what this node knows of ended sessions is; checks are refused above 5",
	})
	polls = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Subsystem: "revocation", Name: "polls",
		Help: "requests of /service/revocations that are being answered, most of them held",
	})
	logged = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Subsystem: "revocation", Name: "entries",
		Help: "entries of the feed that this node remembers",
	})
)
