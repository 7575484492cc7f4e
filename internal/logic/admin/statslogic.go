package admin

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// StatsLogic handles a request of the route "Get statistics over time".
type StatsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewStatsLogic returns the logic for a request with the context ctx.
func NewStatsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *StatsLogic {
	return &StatsLogic{ctx: ctx, svcCtx: svcCtx}
}

// Stats returns statistics. They concern no user, so reading them is not audited.
func (l *StatsLogic) Stats(req *types.StatsReq) (*types.StatsResp, error) {
	from, to, step := req.Range(l.svcCtx.Now())
	return present.Stats(from, to, step)(l.svcCtx.Tally.Read(l.ctx, from, to, step))
}
