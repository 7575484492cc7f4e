package sessions

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListSessionsLogic handles a request of the route "List the user's sessions".
type ListSessionsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListSessionsLogic returns the logic for a request with the context ctx.
func NewListSessionsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListSessionsLogic {
	return &ListSessionsLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListSessions returns the user's sessions.
func (l *ListSessionsLogic) ListSessions() (*types.SessionsResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	list, err := l.svcCtx.Sessions.List(l.ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	return &types.SessionsResp{Sessions: present.Sessions(list, p.SessionID)}, nil
}
