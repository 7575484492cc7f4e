package mfa

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// EnrollTotpLogic handles a request of the route "Add an authenticator app".
type EnrollTotpLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewEnrollTotpLogic returns the logic for a request with the context ctx.
func NewEnrollTotpLogic(ctx context.Context, svcCtx *svc.ServiceContext) *EnrollTotpLogic {
	return &EnrollTotpLogic{ctx: ctx, svcCtx: svcCtx}
}

// EnrollTotp generates a secret for an authenticator app.
func (l *EnrollTotpLogic) EnrollTotp() (*types.MfaEnrollment, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Enrollment(l.svcCtx.Signin.EnrollTotp(l.ctx, p))
}
