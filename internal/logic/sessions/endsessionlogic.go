package sessions

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// EndSessionLogic handles a request of the route "End one session".
type EndSessionLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewEndSessionLogic returns the logic for a request with the context ctx.
func NewEndSessionLogic(ctx context.Context, svcCtx *svc.ServiceContext) *EndSessionLogic {
	return &EndSessionLogic{ctx: ctx, svcCtx: svcCtx}
}

// EndSession ends one of the user's sessions.
func (l *EndSessionLogic) EndSession(req *types.EndSessionReq) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.EndSession(l.ctx, p, req.Id)
}
