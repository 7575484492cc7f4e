package server

import (
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/version"
)

// tellBuild says which build this is where an operator looks, and no client: in the log
// and on the second listener.
func tellBuild() {
	b := version.Read()
	b.Tell()
	logx.Infow("server: starts", logx.Field("version", b.Version), logx.Field("revision", b.Revision), logx.Field("go", b.Go))
}
