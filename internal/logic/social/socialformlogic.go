package social

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialFormLogic answers one request of the route "Return from a provider with a form".
type SocialFormLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSocialFormLogic returns the logic of the request whose context is ctx.
func NewSocialFormLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SocialFormLogic {
	return &SocialFormLogic{ctx: ctx, svcCtx: svcCtx}
}

// SocialForm returns where the browser goes with what was in the form.
func (l *SocialFormLogic) SocialForm(req *types.SocialFormReq, form string) (location string, err error) {
	return l.svcCtx.Signin.SocialForm(l.ctx, req.Provider, form)
}
