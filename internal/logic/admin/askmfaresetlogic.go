package admin

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// AskMfaResetLogic handles a request of the route "Reset a user's second factors after a wait".
type AskMfaResetLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAskMfaResetLogic returns the logic for a request with the context ctx.
func NewAskMfaResetLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AskMfaResetLogic {
	return &AskMfaResetLogic{ctx: ctx, svcCtx: svcCtx}
}

// AskMfaReset resets a user's second factors after a wait.
func (l *AskMfaResetLogic) AskMfaReset(req *types.AdminUserReq) (*types.MfaResetResp, error) {
	return present.MfaReset(l.svcCtx.Signin.RequestMfaReset(l.ctx, req.Id))
}
