package user

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RemoveEmailLogic handles a request of the route "Remove the e-mail address".
type RemoveEmailLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRemoveEmailLogic returns the logic for a request with the context ctx.
func NewRemoveEmailLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RemoveEmailLogic {
	return &RemoveEmailLogic{ctx: ctx, svcCtx: svcCtx}
}

// RemoveEmail removes the user's e-mail address.
func (l *RemoveEmailLogic) RemoveEmail() (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.User(l.ctx, l.svcCtx.Accounts.CurrentDocuments)(l.svcCtx.Signin.Remove(l.ctx, p, address.KindEmail))
}
