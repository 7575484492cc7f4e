package passkey

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// PasskeyOptionsLogic handles a request of the route "Get the options for creating a passkey".
type PasskeyOptionsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewPasskeyOptionsLogic returns the logic for a request with the context ctx.
func NewPasskeyOptionsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *PasskeyOptionsLogic {
	return &PasskeyOptionsLogic{ctx: ctx, svcCtx: svcCtx}
}

// PasskeyOptions starts a registration.
func (l *PasskeyOptionsLogic) PasskeyOptions() (*types.PasskeyOptionsResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.PasskeyOptions(l.svcCtx.Signin.PasskeyCreation(l.ctx, p))
}
