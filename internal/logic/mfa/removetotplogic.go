package mfa

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

// RemoveTotpLogic handles a request of the route "Remove the authenticator app and the recovery codes".
type RemoveTotpLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRemoveTotpLogic returns the logic for a request with the context ctx.
func NewRemoveTotpLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RemoveTotpLogic {
	return &RemoveTotpLogic{ctx: ctx, svcCtx: svcCtx}
}

// RemoveTotp removes the authenticator app and the recovery codes.
func (l *RemoveTotpLogic) RemoveTotp() error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.RemoveTotp(l.ctx, p)
}
