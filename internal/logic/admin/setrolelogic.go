package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// SetRoleLogic handles a request of the route "Change a role".
type SetRoleLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSetRoleLogic returns the logic for a request with the context ctx.
func NewSetRoleLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SetRoleLogic {
	return &SetRoleLogic{ctx: ctx, svcCtx: svcCtx}
}

// SetRole changes a user's role.
func (l *SetRoleLogic) SetRole(req *types.SetRoleReq) error {
	return l.svcCtx.Signin.SetRole(l.ctx, req.Id, req.Role)
}
