package user

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ChangePasswordLogic handles a request of the route "Set or change the password".
type ChangePasswordLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewChangePasswordLogic returns the logic for a request with the context ctx.
func NewChangePasswordLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ChangePasswordLogic {
	return &ChangePasswordLogic{ctx: ctx, svcCtx: svcCtx}
}

// ChangePassword sets or changes the password.
func (l *ChangePasswordLogic) ChangePassword(req *types.ChangePasswordReq) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.ChangePassword(l.ctx, p, req.OldPassword, req.NewPassword)
}
