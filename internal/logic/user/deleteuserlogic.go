package user

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// DeleteUserLogic handles a request of the route "Erase the account".
type DeleteUserLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewDeleteUserLogic returns the logic for a request with the context ctx.
func NewDeleteUserLogic(ctx context.Context, svcCtx *svc.ServiceContext) *DeleteUserLogic {
	return &DeleteUserLogic{ctx: ctx, svcCtx: svcCtx}
}

// DeleteUser erases the account.
func (l *DeleteUserLogic) DeleteUser(req *types.DeleteUserReq) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.Delete(l.ctx, p, signin.Confirmation{Password: req.Password, OtpID: req.OtpId, Code: req.Otp})
}
