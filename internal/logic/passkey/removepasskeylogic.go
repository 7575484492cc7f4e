package passkey

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RemovePasskeyLogic handles a request of the route "Remove a passkey".
type RemovePasskeyLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRemovePasskeyLogic returns the logic for a request with the context ctx.
func NewRemovePasskeyLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RemovePasskeyLogic {
	return &RemovePasskeyLogic{ctx: ctx, svcCtx: svcCtx}
}

// RemovePasskey removes one of the user's passkeys.
func (l *RemovePasskeyLogic) RemovePasskey(req *types.RemovePasskeyReq) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.RemovePasskey(l.ctx, p, req.Id)
}
