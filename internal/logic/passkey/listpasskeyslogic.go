package passkey

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListPasskeysLogic handles a request of the route "List the user's passkeys".
type ListPasskeysLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListPasskeysLogic returns the logic for a request with the context ctx.
func NewListPasskeysLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListPasskeysLogic {
	return &ListPasskeysLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListPasskeys returns the user's passkeys.
func (l *ListPasskeysLogic) ListPasskeys() (*types.PasskeysResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Passkeys(l.svcCtx.Signin.ListPasskeys(l.ctx, p))
}
