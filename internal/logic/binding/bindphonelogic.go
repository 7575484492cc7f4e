package binding

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// BindPhoneLogic handles a request of the route "Send a code to a new phone number".
type BindPhoneLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewBindPhoneLogic returns the logic for a request with the context ctx.
func NewBindPhoneLogic(ctx context.Context, svcCtx *svc.ServiceContext) *BindPhoneLogic {
	return &BindPhoneLogic{ctx: ctx, svcCtx: svcCtx}
}

// BindPhone sends a code to a new phone number.
func (l *BindPhoneLogic) BindPhone(req *types.BindPhoneReq) (*types.Ticket, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Ticket(l.svcCtx.Signin.SendBindingCode(l.ctx, p, signin.CodeRequest{
		Phone: req.Phone, Channel: req.Channel, Region: req.Region, Locale: present.Locale(req.Locale), Languages: present.Languages(l.ctx), Captcha: req.Captcha,
	}))
}
