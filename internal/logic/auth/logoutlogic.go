package auth

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/svc"
	"user-api/internal/token"
	"user-api/internal/types"
)

// LogoutLogic answers one request of the route "Sign out".
type LogoutLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewLogoutLogic returns the logic of the request whose context is ctx.
func NewLogoutLogic(ctx context.Context, svcCtx *svc.ServiceContext) *LogoutLogic {
	return &LogoutLogic{ctx: ctx, svcCtx: svcCtx}
}

// Logout ends the session of the bearer token or, without one, of the refresh
// token in the body.
func (l *LogoutLogic) Logout(req *types.LogoutReq) error {
	if access, ok := token.Bearer(req.Authorization); ok {
		return l.svcCtx.Signin.SignOut(l.ctx, access)
	}
	if req.RefreshToken != "" {
		return l.svcCtx.Signin.SignOutRefresh(l.ctx, req.RefreshToken)
	}
	return apperr.New(apperr.Unauthorized)
}
