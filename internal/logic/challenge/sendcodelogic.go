package challenge

import (
	"context"

	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SendCodeLogic answers one request of the route "Send a one-time code".
type SendCodeLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSendCodeLogic returns the logic of the request whose context is ctx.
func NewSendCodeLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SendCodeLogic {
	return &SendCodeLogic{ctx: ctx, svcCtx: svcCtx}
}

// SendCode opens a challenge, or sends the code of a living one again.
func (l *SendCodeLogic) SendCode(req *types.SendCodeReq) (*types.Ticket, error) {
	ticket, err := l.send(req)
	if err != nil {
		return nil, err
	}
	return &types.Ticket{
		OtpId: ticket.ID, Channel: ticket.Channel, To: ticket.To,
		ExpiresIn: int64(ticket.ExpiresIn.Seconds()), ResendIn: int64(ticket.ResendIn.Seconds()),
	}, nil
}

func (l *SendCodeLogic) send(req *types.SendCodeReq) (otp.Ticket, error) {
	if req.OtpId != "" {
		return l.svcCtx.Signin.ResendCode(l.ctx, req.OtpId)
	}
	locale := req.Locale
	if locale == "" {
		locale = reqctx.ClientFrom(l.ctx).Languages
	}
	return l.svcCtx.Signin.SendCode(l.ctx, signin.CodeRequest{
		Phone: req.Phone, Email: req.Email, Region: req.Region, Locale: locale,
	})
}
