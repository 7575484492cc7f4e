package user

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ExportLogic answers one request of the route "Everything held about the user".
type ExportLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewExportLogic returns the logic of the request whose context is ctx.
func NewExportLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ExportLogic {
	return &ExportLogic{ctx: ctx, svcCtx: svcCtx}
}

// Export gathers everything held about the user.
func (l *ExportLogic) Export() (*types.ExportResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	export, err := l.svcCtx.Signin.Export(l.ctx, p)
	if err != nil {
		return nil, err
	}
	return present.Export(export, p.SessionID)
}
