package links

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// AddLinkLogic handles a request of the route "Link an account at another service".
type AddLinkLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAddLinkLogic returns the logic for a request with the context ctx.
func NewAddLinkLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AddLinkLogic {
	return &AddLinkLogic{ctx: ctx, svcCtx: svcCtx}
}

// AddLink links the user to an account at a provider.
func (l *AddLinkLogic) AddLink(req *types.SocialLoginReq) (*types.LinksResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.Links(l.svcCtx.Signin.Link(l.ctx, p, signin.SocialProof{
		Provider: req.Provider, IDToken: req.IdToken, Nonce: req.Nonce, Code: req.Code, Verifier: req.Verifier,
		ProviderCode: req.ProviderCode, PhoneCode: req.PhoneCode,
	}))
}
