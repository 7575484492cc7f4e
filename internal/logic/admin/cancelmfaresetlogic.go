package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// CancelMfaResetLogic answers one request of the route "Cancel a reset of a user's second factors".
type CancelMfaResetLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewCancelMfaResetLogic returns the logic of the request whose context is ctx.
func NewCancelMfaResetLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CancelMfaResetLogic {
	return &CancelMfaResetLogic{ctx: ctx, svcCtx: svcCtx}
}

// CancelMfaReset stops a reset of a user's second factors.
func (l *CancelMfaResetLogic) CancelMfaReset(req *types.AdminUserReq) error {
	return l.svcCtx.Signin.CancelMfaReset(l.ctx, req.Id)
}
