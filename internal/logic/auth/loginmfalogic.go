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

// LoginMfaLogic handles a request of the route "Complete a sign-in with a second factor".
type LoginMfaLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewLoginMfaLogic returns the logic for a request with the context ctx.
func NewLoginMfaLogic(ctx context.Context, svcCtx *svc.ServiceContext) *LoginMfaLogic {
	return &LoginMfaLogic{ctx: ctx, svcCtx: svcCtx}
}

// LoginMfa completes a sign-in with a second factor.
func (l *LoginMfaLogic) LoginMfa(req *types.MfaLoginReq) (*types.TokenPair, error) {
	passkey, err := present.Raw(req.Passkey)
	if err != nil {
		return nil, err
	}
	client := reqctx.ClientFrom(l.ctx)
	return present.TokenPair(l.svcCtx.Signin.BySecondFactor(l.ctx, signin.MfaLogin{
		Token: req.MfaToken, Totp: req.Totp, RecoveryCode: req.RecoveryCode, Passkey: passkey,
	}, session.Device{IP: client.IP.String(), UserAgent: client.UserAgent}))
}
