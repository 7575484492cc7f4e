package social

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialFormLogic handles a request of the route "Return from a provider with a form".
type SocialFormLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSocialFormLogic returns the logic for a request with the context ctx.
func NewSocialFormLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SocialFormLogic {
	return &SocialFormLogic{ctx: ctx, svcCtx: svcCtx}
}

// SocialForm returns the URL to redirect the browser to with the parameters of the form.
func (l *SocialFormLogic) SocialForm(req *types.SocialFormReq, form string) (location string, err error) {
	return l.svcCtx.Signin.SocialForm(l.ctx, req.Provider, form)
}
