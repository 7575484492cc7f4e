package links

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListLinksLogic handles a request of the route "List the user's linked accounts".
type ListLinksLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListLinksLogic returns the logic for a request with the context ctx.
func NewListLinksLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListLinksLogic {
	return &ListLinksLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListLinks returns the user's links.
func (l *ListLinksLogic) ListLinks() (*types.LinksResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Links(l.svcCtx.Signin.Links(l.ctx, p))
}
