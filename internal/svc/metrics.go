package svc

import (
	"github.com/zeromicro/go-zero/core/prometheus"

	"user-api/internal/config"
	"user-api/internal/version"
)

// startMetrics must run before any part is created: go-zero counts nothing until it is
// enabled, and metrics that a part sets once at its creation would be lost.
func startMetrics(c config.Config) {
	if c.DevServer.Enabled {
		prometheus.Enable()
		version.Read().Record()
	}
}
