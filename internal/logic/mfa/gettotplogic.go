package mfa

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// GetTotpLogic handles a request of the route "Get the state of the second factors".
type GetTotpLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewGetTotpLogic returns the logic for a request with the context ctx.
func NewGetTotpLogic(ctx context.Context, svcCtx *svc.ServiceContext) *GetTotpLogic {
	return &GetTotpLogic{ctx: ctx, svcCtx: svcCtx}
}

// GetTotp returns which second factors the user has.
func (l *GetTotpLogic) GetTotp() (*types.TotpState, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Totp(l.svcCtx.Signin.Totp(l.ctx, p))
}
