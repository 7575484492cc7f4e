package admin

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// GetUserLogic handles a request of the route "Get a user with the sessions".
type GetUserLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewGetUserLogic returns the logic for a request with the context ctx.
func NewGetUserLogic(ctx context.Context, svcCtx *svc.ServiceContext) *GetUserLogic {
	return &GetUserLogic{ctx: ctx, svcCtx: svcCtx}
}

// GetUser returns a user with its sessions.
func (l *GetUserLogic) GetUser(req *types.AdminUserReq) (*types.AdminUser, error) {
	return present.OneUser(l.ctx, l.svcCtx.Accounts.CurrentDocuments, l.svcCtx.Now())(l.svcCtx.Signin.User(l.ctx, req.Id))
}
