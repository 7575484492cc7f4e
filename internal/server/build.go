package server

import (
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/version"
)

// tellBuild says in the log which build this is: an operator wants to know, and no client
// is told.
func tellBuild() {
	b := version.Read()
	logx.Infow("server: starts", logx.Field("version", b.Version), logx.Field("revision", b.Revision), logx.Field("go", b.Go))
}
