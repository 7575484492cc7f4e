package svc

import (
	"github.com/zeromicro/go-zero/core/prometheus"

	"user-api/internal/config"
	"user-api/internal/version"
)

// startMetrics comes before all parts: go-zero counts nothing until it is told to, and
// what a part says once, when it is made, would be lost.
func startMetrics(c config.Config) {
	if c.DevServer.Enabled {
		prometheus.Enable()
		version.Read().Tell()
	}
}
