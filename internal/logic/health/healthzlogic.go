package health

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// HealthzLogic answers one request of the route "The process lives".
type HealthzLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewHealthzLogic returns the logic of the request whose context is ctx.
func NewHealthzLogic(ctx context.Context, svcCtx *svc.ServiceContext) *HealthzLogic {
	return &HealthzLogic{ctx: ctx, svcCtx: svcCtx}
}

// Healthz answers as long as the process can.
func (l *HealthzLogic) Healthz() (*types.HealthResp, error) {
	return &types.HealthResp{Status: "ok"}, nil
}
