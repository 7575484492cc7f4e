package idempotency

import "github.com/zeromicro/go-zero/core/metric"

var outcomes = metric.NewCounterVec(&metric.CounterVecOpts{
	Namespace: "user_api", Subsystem: "idempotency", Name: "requests_total",
	Help: "requests with an Idempotency-Key: new, replayed, mismatch, unkept (served without the promise) or unavailable", Labels: []string{"outcome"},
})
