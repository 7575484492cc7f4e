package version

import "user-api/internal/metrics"

var info = metrics.Gauge("user_api_build_info",
	"1, labelled with the build of this process", "version", "revision", "go")

// Tell puts the build into the metrics.
func (b Build) Tell() { info.Set(1, b.Version, b.Revision, b.Go) }
