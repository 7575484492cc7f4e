package passkey

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// PasskeyLoginOptionsLogic handles a request of the route "Get the options for a sign-in with a passkey".
type PasskeyLoginOptionsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewPasskeyLoginOptionsLogic returns the logic for a request with the context ctx.
func NewPasskeyLoginOptionsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *PasskeyLoginOptionsLogic {
	return &PasskeyLoginOptionsLogic{ctx: ctx, svcCtx: svcCtx}
}

// PasskeyLoginOptions returns the same options to everyone without an mfaToken.
func (l *PasskeyLoginOptionsLogic) PasskeyLoginOptions(req *types.PasskeyLoginOptionsReq) (*types.PasskeyOptionsResp, error) {
	return present.PasskeyOptions(l.svcCtx.Signin.PasskeyRequest(l.ctx, req.MfaToken))
}
