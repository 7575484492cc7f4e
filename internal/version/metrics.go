package version

import "user-api/internal/metrics"

var info = metrics.Gauge("user_api_build_info",
	"1, labeled with the version of this process", "version", "revision", "go")

// Record sets the metric of the build.
func (b Build) Record() { info.Set(1, b.Version, b.Revision, b.Go) }
