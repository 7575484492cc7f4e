package links

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RemoveLinkLogic handles a request of the route "Remove a link".
type RemoveLinkLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRemoveLinkLogic returns the logic for a request with the context ctx.
func NewRemoveLinkLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RemoveLinkLogic {
	return &RemoveLinkLogic{ctx: ctx, svcCtx: svcCtx}
}

// RemoveLink removes the user's link to a provider.
func (l *RemoveLinkLogic) RemoveLink(req *types.RemoveLinkReq) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.Unlink(l.ctx, p, req.Provider)
}
