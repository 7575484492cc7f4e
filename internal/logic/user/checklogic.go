package user

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// CheckLogic handles a request of the route "Check a session".
type CheckLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewCheckLogic returns the logic for a request with the context ctx.
func NewCheckLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CheckLogic {
	return &CheckLogic{ctx: ctx, svcCtx: svcCtx}
}

// Check returns what the Session middleware found, without querying a store.
func (l *CheckLogic) Check() (*types.CheckResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return &types.CheckResp{
		Active: true, UserId: p.UserID, SessionId: p.SessionID, Role: p.Role,
		ExpiresIn: int64(p.ExpiresAt.Sub(l.svcCtx.Now()).Seconds()),
	}, nil
}
