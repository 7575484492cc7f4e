package passkey

import (
	"context"
	"encoding/json"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// AddPasskeyLogic handles a request of the route "Add the passkey".
type AddPasskeyLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAddPasskeyLogic returns the logic for a request with the context ctx.
func NewAddPasskeyLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AddPasskeyLogic {
	return &AddPasskeyLogic{ctx: ctx, svcCtx: svcCtx}
}

// AddPasskey completes a registration.
func (l *AddPasskeyLogic) AddPasskey(req *types.AddPasskeyReq) (*types.Passkey, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	credential, err := json.Marshal(req.Credential)
	if err != nil {
		return nil, err
	}
	return present.Passkey(l.svcCtx.Signin.AddPasskey(l.ctx, p, credential, req.Name))
}
