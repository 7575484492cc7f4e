package sessions

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// EndSessionsLogic handles a request of the route "End all other sessions, or with scope=all this one too".
type EndSessionsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewEndSessionsLogic returns the logic for a request with the context ctx.
func NewEndSessionsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *EndSessionsLogic {
	return &EndSessionsLogic{ctx: ctx, svcCtx: svcCtx}
}

// EndSessions ends the user's other sessions, or all of them.
func (l *EndSessionsLogic) EndSessions(req *types.EndSessionsReq) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.EndOwnSessions(l.ctx, p, req.Scope == "all")
}
