package admin

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// StatsLogic answers one request of the route "Get statistics over time".
type StatsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewStatsLogic returns the logic of the request whose context is ctx.
func NewStatsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *StatsLogic {
	return &StatsLogic{ctx: ctx, svcCtx: svcCtx}
}

// Stats tells how it went. It is about nobody, so reading it is not recorded.
func (l *StatsLogic) Stats(req *types.StatsReq) (*types.StatsResp, error) {
	from, to, step := req.Range(l.svcCtx.Now())
	return present.Stats(from, to, step)(l.svcCtx.Tally.Read(l.ctx, from, to, step))
}
