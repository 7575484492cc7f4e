package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// UnbanLogic answers one request of the route "Lift a ban".
type UnbanLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewUnbanLogic returns the logic of the request whose context is ctx.
func NewUnbanLogic(ctx context.Context, svcCtx *svc.ServiceContext) *UnbanLogic {
	return &UnbanLogic{ctx: ctx, svcCtx: svcCtx}
}

// Unban lets a user in again.
func (l *UnbanLogic) Unban(req *types.AdminUserReq) error {
	return l.svcCtx.Signin.Unban(l.ctx, req.Id)
}
