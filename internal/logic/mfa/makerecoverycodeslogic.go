package mfa

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// MakeRecoveryCodesLogic handles a request of the route "Create new recovery codes".
type MakeRecoveryCodesLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewMakeRecoveryCodesLogic returns the logic for a request with the context ctx.
func NewMakeRecoveryCodesLogic(ctx context.Context, svcCtx *svc.ServiceContext) *MakeRecoveryCodesLogic {
	return &MakeRecoveryCodesLogic{ctx: ctx, svcCtx: svcCtx}
}

// MakeRecoveryCodes generates new recovery codes.
func (l *MakeRecoveryCodesLogic) MakeRecoveryCodes() (*types.RecoveryCodesResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.RecoveryCodes(l.svcCtx.Signin.MakeRecoveryCodes(l.ctx, p))
}
