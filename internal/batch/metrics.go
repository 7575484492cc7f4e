package batch

import "github.com/zeromicro/go-zero/core/metric"

var (
	dropped = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "batch",
		Name:      "dropped_total",
		Help:      "rows given up, because the store did not take them for too long",
		Labels:    []string{"table"},
	})

	written = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "batch",
		Name:      "written_total",
		Help:      "rows written in the background",
		Labels:    []string{"table"},
	})

	holding = metric.NewGaugeVec(&metric.GaugeVecOpts{
		Namespace: "user_api",
		Subsystem: "batch",
		Name:      "held",
		Help:      "rows that are not written yet",
		Labels:    []string{"table"},
	})
)
