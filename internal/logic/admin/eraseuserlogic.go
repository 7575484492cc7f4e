package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// EraseUserLogic handles a request of the route "Erase a user".
type EraseUserLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewEraseUserLogic returns the logic for a request with the context ctx.
func NewEraseUserLogic(ctx context.Context, svcCtx *svc.ServiceContext) *EraseUserLogic {
	return &EraseUserLogic{ctx: ctx, svcCtx: svcCtx}
}

// EraseUser erases a user.
func (l *EraseUserLogic) EraseUser(req *types.AdminUserReq) error {
	return l.svcCtx.Signin.Erase(l.ctx, req.Id)
}
