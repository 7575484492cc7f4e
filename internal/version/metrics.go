package version

import "github.com/zeromicro/go-zero/core/metric"

var info = metric.NewGaugeVec(&metric.GaugeVecOpts{
	Namespace: "user_api", Name: "build_info",
	Help: "1, labelled with the build that this process is", Labels: []string{"version", "revision", "go"},
})

// Tell puts the build into the metrics.
func (b Build) Tell() { info.Set(1, b.Version, b.Revision, b.Go) }
