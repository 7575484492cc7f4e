package social

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialLoginLogic handles a request of the route "Sign in with another provider".
type SocialLoginLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSocialLoginLogic returns the logic for a request with the context ctx.
func NewSocialLoginLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SocialLoginLogic {
	return &SocialLoginLogic{ctx: ctx, svcCtx: svcCtx}
}

// SocialLogin signs in with an account at a provider.
func (l *SocialLoginLogic) SocialLogin(req *types.SocialLoginReq) (*types.TokenPair, error) {
	client := reqctx.ClientFrom(l.ctx)
	return present.TokenPair(l.svcCtx.Signin.BySocial(l.ctx, signin.SocialLogin{
		SocialProof: signin.SocialProof{
			Provider: req.Provider, IDToken: req.IdToken, Nonce: req.Nonce, Code: req.Code, Verifier: req.Verifier,
			ProviderCode: req.ProviderCode, PhoneCode: req.PhoneCode,
		},
		Invite: req.Invite,
	}, session.Device{IP: client.IP.String(), UserAgent: client.UserAgent}))
}
