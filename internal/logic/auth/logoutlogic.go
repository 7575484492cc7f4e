package auth

import (
	"context"

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

// Logout ends the sessions of the bearer token and of the refresh token in the
// body, whichever is there.
func (l *LogoutLogic) Logout(req *types.LogoutReq) error {
	access, _ := token.Bearer(req.Authorization)
	return l.svcCtx.Signin.SignOut(l.ctx, access, req.RefreshToken)
}
