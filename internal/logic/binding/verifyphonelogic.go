package binding

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// VerifyPhoneLogic handles a request of the route "Add the phone number".
type VerifyPhoneLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewVerifyPhoneLogic returns the logic for a request with the context ctx.
func NewVerifyPhoneLogic(ctx context.Context, svcCtx *svc.ServiceContext) *VerifyPhoneLogic {
	return &VerifyPhoneLogic{ctx: ctx, svcCtx: svcCtx}
}

// VerifyPhone binds the proven address.
func (l *VerifyPhoneLogic) VerifyPhone(req *types.VerifyBindingReq) (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.User(l.ctx, l.svcCtx.Accounts.CurrentDocuments)(l.svcCtx.Signin.Bind(l.ctx, p, address.KindPhone, req.OtpId, req.Otp))
}
