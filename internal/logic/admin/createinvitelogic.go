package admin

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// CreateInviteLogic handles a request of the route "Create an invitation".
type CreateInviteLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewCreateInviteLogic returns the logic for a request with the context ctx.
func NewCreateInviteLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CreateInviteLogic {
	return &CreateInviteLogic{ctx: ctx, svcCtx: svcCtx}
}

// CreateInvite creates an invite.
func (l *CreateInviteLogic) CreateInvite(req *types.InviteReq) (*types.InviteResp, error) {
	return present.Invite(l.svcCtx.Signin.Invite(l.ctx, signin.InviteRequest{
		Phone: req.Phone, Email: req.Email, Region: req.Region, Life: req.Life(),
	}))
}
