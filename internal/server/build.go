package server

import (
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/version"
)

// logBuild logs the version for operators; clients do not see it.
func logBuild() {
	b := version.Read()
	logx.Infow("server: starts", logx.Field("version", b.Version), logx.Field("revision", b.Revision), logx.Field("go", b.Go))
}
