package user

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// GetPasswordLogic handles a request of the route "Get the state of the password".
type GetPasswordLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewGetPasswordLogic returns the logic for a request with the context ctx.
func NewGetPasswordLogic(ctx context.Context, svcCtx *svc.ServiceContext) *GetPasswordLogic {
	return &GetPasswordLogic{ctx: ctx, svcCtx: svcCtx}
}

// GetPassword reports whether the user has a password.
func (l *GetPasswordLogic) GetPassword() (*types.PasswordState, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Password(l.svcCtx.Signin.Password(l.ctx, p.UserID))
}
