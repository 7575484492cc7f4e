package mfa

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ConfirmTotpLogic handles a request of the route "Confirm the authenticator app".
type ConfirmTotpLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewConfirmTotpLogic returns the logic for a request with the context ctx.
func NewConfirmTotpLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ConfirmTotpLogic {
	return &ConfirmTotpLogic{ctx: ctx, svcCtx: svcCtx}
}

// ConfirmTotp confirms the authenticator app.
func (l *ConfirmTotpLogic) ConfirmTotp(req *types.ConfirmTotpReq) (*types.RecoveryCodesResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.RecoveryCodes(l.svcCtx.Signin.ConfirmTotp(l.ctx, p, req.Totp))
}
