package binding

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// BindEmailLogic handles a request of the route "Send a code to a new e-mail address".
type BindEmailLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewBindEmailLogic returns the logic for a request with the context ctx.
func NewBindEmailLogic(ctx context.Context, svcCtx *svc.ServiceContext) *BindEmailLogic {
	return &BindEmailLogic{ctx: ctx, svcCtx: svcCtx}
}

// BindEmail sends a code to a new e-mail address.
func (l *BindEmailLogic) BindEmail(req *types.BindEmailReq) (*types.Ticket, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Ticket(l.svcCtx.Signin.SendBindingCode(l.ctx, p, signin.CodeRequest{
		Email: req.Email, Locale: present.Locale(req.Locale), Languages: present.Languages(l.ctx), Captcha: req.Captcha,
	}))
}
