package user

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RenameLogic answers one request of the route "Change the username".
type RenameLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRenameLogic returns the logic of the request whose context is ctx.
func NewRenameLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RenameLogic {
	return &RenameLogic{ctx: ctx, svcCtx: svcCtx}
}

// Rename changes the username.
func (l *RenameLogic) Rename(req *types.RenameReq) (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.User(l.svcCtx.Signin.Rename(l.ctx, p, req.Username))
}
