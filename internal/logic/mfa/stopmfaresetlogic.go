package mfa

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

// StopMfaResetLogic handles a request of the route "Cancel a reset of the user's second factors".
type StopMfaResetLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewStopMfaResetLogic returns the logic for a request with the context ctx.
func NewStopMfaResetLogic(ctx context.Context, svcCtx *svc.ServiceContext) *StopMfaResetLogic {
	return &StopMfaResetLogic{ctx: ctx, svcCtx: svcCtx}
}

// StopMfaReset cancels a reset of the user's second factors.
func (l *StopMfaResetLogic) StopMfaReset() error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.CancelOwnMfaReset(l.ctx, p)
}
