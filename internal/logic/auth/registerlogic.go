package auth

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RegisterLogic handles a request of the route "Create an account with username and password".
type RegisterLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRegisterLogic returns the logic for a request with the context ctx.
func NewRegisterLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RegisterLogic {
	return &RegisterLogic{ctx: ctx, svcCtx: svcCtx}
}

// Register creates an account with username and password.
func (l *RegisterLogic) Register(req *types.RegisterReq) (*types.UserInfo, error) {
	return present.User(l.ctx, l.svcCtx.Accounts.CurrentDocuments)(l.svcCtx.Signin.Register(l.ctx, req.Username, req.Password, req.Invite))
}
