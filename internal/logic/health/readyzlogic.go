package health

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// ReadyzLogic answers one request of the route "Database, Redis, migrations and queue are usable".
type ReadyzLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewReadyzLogic returns the logic of the request whose context is ctx.
func NewReadyzLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ReadyzLogic {
	return &ReadyzLogic{ctx: ctx, svcCtx: svcCtx}
}

// Readyz names the first part that is not usable.
func (l *ReadyzLogic) Readyz() (*types.HealthResp, error) {
	if err := l.svcCtx.Ready(l.ctx); err != nil {
		return nil, err
	}
	return &types.HealthResp{Status: "ok"}, nil
}
