package passkey

import (
	"context"
	"encoding/json"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// PasskeyLoginLogic handles a request of the route "Sign in with a passkey".
type PasskeyLoginLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewPasskeyLoginLogic returns the logic for a request with the context ctx.
func NewPasskeyLoginLogic(ctx context.Context, svcCtx *svc.ServiceContext) *PasskeyLoginLogic {
	return &PasskeyLoginLogic{ctx: ctx, svcCtx: svcCtx}
}

// PasskeyLogin signs in the owner of a passkey.
func (l *PasskeyLoginLogic) PasskeyLogin(req *types.PasskeyLoginReq) (*types.TokenPair, error) {
	client := reqctx.ClientFrom(l.ctx)
	credential, err := json.Marshal(req.Credential)
	if err != nil {
		return nil, err
	}
	return present.TokenPair(l.svcCtx.Signin.ByPasskey(l.ctx, credential, session.Device{
		IP: client.IP.String(), UserAgent: client.UserAgent,
	}))
}
