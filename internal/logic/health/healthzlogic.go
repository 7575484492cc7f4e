package health

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// HealthzLogic handles a request of the route "The process lives".
type HealthzLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewHealthzLogic returns the logic for a request with the context ctx.
func NewHealthzLogic(ctx context.Context, svcCtx *svc.ServiceContext) *HealthzLogic {
	return &HealthzLogic{ctx: ctx, svcCtx: svcCtx}
}

// Healthz returns ok while the process can respond.
func (l *HealthzLogic) Healthz() (*types.HealthResp, error) {
	return &types.HealthResp{Status: "ok"}, nil
}
