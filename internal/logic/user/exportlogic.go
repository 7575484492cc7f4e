package user

import (
	"context"
	"io"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

// ExportLogic handles a request of the route "Export all data about the user".
type ExportLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewExportLogic returns the logic for a request with the context ctx.
func NewExportLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ExportLogic {
	return &ExportLogic{ctx: ctx, svcCtx: svcCtx}
}

// Export exports all data about the user.
func (l *ExportLogic) Export(w io.Writer) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.Export(l.ctx, p, w)
}
