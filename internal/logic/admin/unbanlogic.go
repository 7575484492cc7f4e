package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// UnbanLogic handles a request of the route "Lift a ban".
type UnbanLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewUnbanLogic returns the logic for a request with the context ctx.
func NewUnbanLogic(ctx context.Context, svcCtx *svc.ServiceContext) *UnbanLogic {
	return &UnbanLogic{ctx: ctx, svcCtx: svcCtx}
}

// Unban lifts a ban.
func (l *UnbanLogic) Unban(req *types.AdminUserReq) error {
	return l.svcCtx.Signin.Unban(l.ctx, req.Id)
}
