package user

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RemovePhoneLogic handles a request of the route "Remove the phone number".
type RemovePhoneLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRemovePhoneLogic returns the logic for a request with the context ctx.
func NewRemovePhoneLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RemovePhoneLogic {
	return &RemovePhoneLogic{ctx: ctx, svcCtx: svcCtx}
}

// RemovePhone removes the user's phone number.
func (l *RemovePhoneLogic) RemovePhone() (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.User(l.ctx, l.svcCtx.Accounts.CurrentDocuments)(l.svcCtx.Signin.Remove(l.ctx, p, address.KindPhone))
}
