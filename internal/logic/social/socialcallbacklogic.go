package social

import (
	"context"

	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialCallbackLogic answers one request of the route "Return from a provider".
type SocialCallbackLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSocialCallbackLogic returns the logic of the request whose context is ctx.
func NewSocialCallbackLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SocialCallbackLogic {
	return &SocialCallbackLogic{ctx: ctx, svcCtx: svcCtx}
}

// SocialCallback returns where the browser goes, and the cookie that it no longer needs,
// whose value cookie reads.
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
