package auth

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/token"
	"user-api/internal/types"
)

// LogoutLogic handles a request of the route "Sign out".
type LogoutLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewLogoutLogic returns the logic for a request with the context ctx.
func NewLogoutLogic(ctx context.Context, svcCtx *svc.ServiceContext) *LogoutLogic {
	return &LogoutLogic{ctx: ctx, svcCtx: svcCtx}
}

// Logout ends the sessions of the bearer token and of the refresh token in the body, if
// present.
func (l *LogoutLogic) Logout(req *types.LogoutReq) error {
	access, _ := token.Bearer(req.Authorization)
	return l.svcCtx.Signin.SignOut(l.ctx, access, req.RefreshToken)
}
