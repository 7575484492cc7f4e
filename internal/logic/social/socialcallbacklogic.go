package social

import (
	"context"

	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialCallbackLogic handles a request of the route "Return from a provider".
type SocialCallbackLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSocialCallbackLogic returns the logic for a request with the context ctx.
func NewSocialCallbackLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SocialCallbackLogic {
	return &SocialCallbackLogic{ctx: ctx, svcCtx: svcCtx}
}

// SocialCallback returns the URL to redirect the browser to, and the cookie to delete. The
// function cookie reads its value.
func (l *SocialCallbackLogic) SocialCallback(req *types.SocialCallbackReq, cookie func(name string) string) (string, signin.Cookie, error) {
	c := signin.SocialCallback{Code: req.Code, State: req.State, Error: req.Error}
	if req.Iss != "" {
		c.Issuer = &req.Iss
	}
	spent := l.svcCtx.Signin.SocialCookie()
	c.Cookie = cookie(spent.Name)
	location, err := l.svcCtx.Signin.EndSocial(l.ctx, req.Provider, c)
	return location, spent, err
}
