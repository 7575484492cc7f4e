package revocation

import "github.com/zeromicro/go-zero/core/metric"

var (
	age = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Subsystem: "revocation", Name: "age_seconds",
		Help: "age of this node's knowledge of ended sessions; checks are rejected above 5",
	})
	polls = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Subsystem: "revocation", Name: "polls",
		Help: "requests of /service/revocations in progress, most of them held",
	})
	heldEntries = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api", Subsystem: "revocation", Name: "entries",
		Help: "entries of the feed in this node's memory",
	})
)
