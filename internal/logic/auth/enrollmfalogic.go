package auth

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// EnrollMfaLogic handles a request of the route "Set up a required second factor during sign-in".
type EnrollMfaLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewEnrollMfaLogic returns the logic for a request with the context ctx.
func NewEnrollMfaLogic(ctx context.Context, svcCtx *svc.ServiceContext) *EnrollMfaLogic {
	return &EnrollMfaLogic{ctx: ctx, svcCtx: svcCtx}
}

// EnrollMfa generates a secret for a user who needs a second factor to sign in.
func (l *EnrollMfaLogic) EnrollMfa(req *types.MfaEnrollReq) (*types.MfaEnrollment, error) {
	return present.Enrollment(l.svcCtx.Signin.EnrollToSignIn(l.ctx, req.MfaToken))
}
