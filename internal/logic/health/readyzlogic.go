package health

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// ReadyzLogic answers one request of the route "Check whether this node can serve".
type ReadyzLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewReadyzLogic returns the logic of the request whose context is ctx.
func NewReadyzLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ReadyzLogic {
	return &ReadyzLogic{ctx: ctx, svcCtx: svcCtx}
}

// Readyz tells how the parts are, or why nothing is to be sent here.
func (l *ReadyzLogic) Readyz(req *types.ReadyReq) (*types.ReadyResp, error) {
	parts, err := l.svcCtx.Ready(l.ctx, req.Strict == "1")
	if err != nil {
		return nil, err
	}
	return &types.ReadyResp{Status: parts.Status(), Parts: types.ReadyParts{
		Database: parts.Database.String(), Redis: parts.Redis.String(),
		Migrations: parts.Migrations.String(), Queue: parts.Queue.String(),
	}}, nil
}
