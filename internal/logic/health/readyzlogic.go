package health

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// ReadyzLogic handles a request of the route "Check whether this node can serve".
type ReadyzLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewReadyzLogic returns the logic for a request with the context ctx.
func NewReadyzLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ReadyzLogic {
	return &ReadyzLogic{ctx: ctx, svcCtx: svcCtx}
}

// Readyz returns the state of the dependencies, or an error if the node must not receive
// requests.
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
