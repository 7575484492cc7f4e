package passkey

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListPasskeysLogic answers one request of the route "List the user's passkeys".
type ListPasskeysLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListPasskeysLogic returns the logic of the request whose context is ctx.
func NewListPasskeysLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListPasskeysLogic {
	return &ListPasskeysLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListPasskeys lists the user's passkeys.
func (l *ListPasskeysLogic) ListPasskeys() (*types.PasskeysResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Passkeys(l.svcCtx.Signin.ListPasskeys(l.ctx, p))
}
