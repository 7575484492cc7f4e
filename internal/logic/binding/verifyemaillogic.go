package binding

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// VerifyEmailLogic handles a request of the route "Add the e-mail address".
type VerifyEmailLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewVerifyEmailLogic returns the logic for a request with the context ctx.
func NewVerifyEmailLogic(ctx context.Context, svcCtx *svc.ServiceContext) *VerifyEmailLogic {
	return &VerifyEmailLogic{ctx: ctx, svcCtx: svcCtx}
}

// VerifyEmail binds the proven address.
func (l *VerifyEmailLogic) VerifyEmail(req *types.VerifyBindingReq) (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.User(l.ctx, l.svcCtx.Accounts.CurrentDocuments)(l.svcCtx.Signin.Bind(l.ctx, p, address.KindEmail, req.OtpId, req.Otp))
}
