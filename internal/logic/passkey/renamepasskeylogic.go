package passkey

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RenamePasskeyLogic handles a request of the route "Rename a passkey".
type RenamePasskeyLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRenamePasskeyLogic returns the logic for a request with the context ctx.
func NewRenamePasskeyLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RenamePasskeyLogic {
	return &RenamePasskeyLogic{ctx: ctx, svcCtx: svcCtx}
}

// RenamePasskey renames one of the user's passkeys.
func (l *RenamePasskeyLogic) RenamePasskey(req *types.RenamePasskeyReq) (*types.Passkey, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Passkey(l.svcCtx.Signin.RenamePasskey(l.ctx, p, req.Id, req.Name))
}
