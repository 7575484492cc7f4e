package auth

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RefreshLogic handles a request of the route "Exchange a refresh token".
type RefreshLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRefreshLogic returns the logic for a request with the context ctx.
func NewRefreshLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RefreshLogic {
	return &RefreshLogic{ctx: ctx, svcCtx: svcCtx}
}

// Refresh exchanges a refresh token.
func (l *RefreshLogic) Refresh(req *types.RefreshReq) (*types.TokenPair, error) {
	return present.TokenPair(l.svcCtx.Signin.Refresh(l.ctx, req.RefreshToken, signin.Application{}))
}
