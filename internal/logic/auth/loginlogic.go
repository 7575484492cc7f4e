package auth

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// LoginLogic answers one request of the route "Sign in by code".
type LoginLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewLoginLogic returns the logic of the request whose context is ctx.
func NewLoginLogic(ctx context.Context, svcCtx *svc.ServiceContext) *LoginLogic {
	return &LoginLogic{ctx: ctx, svcCtx: svcCtx}
}

// Login signs in by the code of a challenge.
func (l *LoginLogic) Login(req *types.LoginReq) (*types.TokenPair, error) {
	client := reqctx.ClientFrom(l.ctx)
	pair, err := l.svcCtx.Signin.ByCode(l.ctx, req.OtpId, req.Otp,
		session.Device{IP: client.IP.String(), UserAgent: client.UserAgent})
	return tokenPair(pair, err)
}

func tokenPair(p signin.Pair, err error) (*types.TokenPair, error) {
	if err != nil {
		return nil, err
	}
	return &types.TokenPair{
		AccessToken: p.AccessToken, RefreshToken: p.RefreshToken, TokenType: "Bearer",
		ExpiresIn: int64(p.AccessExpires.Seconds()), RefreshExpiresIn: int64(p.RefreshExpires.Seconds()),
		IsNewUser: p.IsNew,
	}, nil
}
