package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// EndUserSessionsLogic handles a request of the route "End a user's sessions".
type EndUserSessionsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewEndUserSessionsLogic returns the logic for a request with the context ctx.
func NewEndUserSessionsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *EndUserSessionsLogic {
	return &EndUserSessionsLogic{ctx: ctx, svcCtx: svcCtx}
}

// EndUserSessions ends a user's sessions.
func (l *EndUserSessionsLogic) EndUserSessions(req *types.AdminUserReq) error {
	return l.svcCtx.Signin.EndSessions(l.ctx, req.Id)
}
