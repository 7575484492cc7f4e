// Package metrics declares Prometheus metrics. All names begin with user_api_.
package metrics

import "github.com/zeromicro/go-zero/core/metric"

// Counter declares a counter.
func Counter(name, help string, labels ...string) metric.CounterVec {
	return metric.NewCounterVec(&metric.CounterVecOpts{Name: name, Help: help, Labels: labels})
}

// Gauge declares a gauge.
func Gauge(name, help string, labels ...string) metric.GaugeVec {
	return metric.NewGaugeVec(&metric.GaugeVecOpts{Name: name, Help: help, Labels: labels})
}

// Histogram declares a histogram with the given upper bounds of its buckets.
func Histogram(name, help string, buckets []float64, labels ...string) metric.HistogramVec {
	return metric.NewHistogramVec(&metric.HistogramVecOpts{Name: name, Help: help, Buckets: buckets, Labels: labels})
}
