package auth

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// LoginLogic handles a request of the route "Sign in with a code or a password".
type LoginLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewLoginLogic returns the logic for a request with the context ctx.
func NewLoginLogic(ctx context.Context, svcCtx *svc.ServiceContext) *LoginLogic {
	return &LoginLogic{ctx: ctx, svcCtx: svcCtx}
}

// Login signs in with the code of a challenge or with a password.
func (l *LoginLogic) Login(req *types.LoginReq) (*types.TokenPair, error) {
	client := reqctx.ClientFrom(l.ctx)
	device := session.Device{IP: client.IP.String(), UserAgent: client.UserAgent}
	if req.OtpId != "" {
		return present.TokenPair(l.svcCtx.Signin.ByCode(l.ctx, signin.CodeLogin{
			OtpID: req.OtpId, Code: req.Otp, AskedWith: req.AskedWith, Invite: req.Invite,
			Second: signin.Confirmation{Password: req.SecondPassword, OtpID: req.SecondOtpId, Code: req.SecondOtp},
		}, device))
	}
	return present.TokenPair(l.svcCtx.Signin.ByPassword(l.ctx, signin.PasswordLogin{
		Username: req.Username, Phone: req.Phone, Email: req.Email, Region: req.Region, Password: req.Password, Captcha: req.Captcha,
	}, device))
}
