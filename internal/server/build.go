package server

import (
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/version"
)

var buildInfo = metric.NewGaugeVec(&metric.GaugeVecOpts{
	Namespace: "user_api", Name: "build_info",
	Help:   "1, with the labels telling which build this is",
	Labels: []string{"version", "revision", "go"},
})

// tellBuild says which build this is where an operator looks, and no client: in the log
// and on the second listener.
func tellBuild() {
	b := version.Read()
	buildInfo.Set(1, b.Version, b.Revision, b.Go)
	logx.Infow("server: starts", logx.Field("version", b.Version), logx.Field("revision", b.Revision), logx.Field("go", b.Go))
}
