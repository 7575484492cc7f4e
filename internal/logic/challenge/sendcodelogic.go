package challenge

import (
	"context"

	"user-api/internal/otp"
	"user-api/internal/present"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SendCodeLogic handles a request of the route "Send a one-time code".
type SendCodeLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSendCodeLogic returns the logic for a request with the context ctx.
func NewSendCodeLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SendCodeLogic {
	return &SendCodeLogic{ctx: ctx, svcCtx: svcCtx}
}

// SendCode creates a challenge, or sends the code of a valid one again.
func (l *SendCodeLogic) SendCode(req *types.SendCodeReq) (*types.Ticket, error) {
	if req.OtpId != "" {
		return present.Ticket(l.svcCtx.Signin.ResendCode(l.ctx, req.OtpId, signin.CodeRequest{
			Channel: req.Channel, Captcha: req.Captcha,
		}))
	}
	return present.Ticket(l.svcCtx.Signin.SendCode(l.ctx, signin.CodeRequest{
		Phone: req.Phone, Email: req.Email, Channel: req.Channel, Region: req.Region, Purpose: otp.Purpose(req.Purpose),
		Locale: present.Locale(req.Locale), Languages: present.Languages(l.ctx), Captcha: req.Captcha,
	}))
}
