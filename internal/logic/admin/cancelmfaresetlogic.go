package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// CancelMfaResetLogic handles a request of the route "Cancel a reset of a user's second factors".
type CancelMfaResetLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewCancelMfaResetLogic returns the logic for a request with the context ctx.
func NewCancelMfaResetLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CancelMfaResetLogic {
	return &CancelMfaResetLogic{ctx: ctx, svcCtx: svcCtx}
}

// CancelMfaReset cancels a reset of a user's second factors.
func (l *CancelMfaResetLogic) CancelMfaReset(req *types.AdminUserReq) error {
	return l.svcCtx.Signin.CancelMfaReset(l.ctx, req.Id)
}
