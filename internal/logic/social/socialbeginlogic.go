package social

import (
	"context"

	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialBeginLogic handles a request of the route "Redirect a browser to a provider".
type SocialBeginLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSocialBeginLogic returns the logic for a request with the context ctx.
func NewSocialBeginLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SocialBeginLogic {
	return &SocialBeginLogic{ctx: ctx, svcCtx: svcCtx}
}

// SocialBegin returns the URL to redirect the browser to, and the cookie to set.
func (l *SocialBeginLogic) SocialBegin(req *types.SocialBeginReq) (location string, cookie signin.Cookie, err error) {
	return l.svcCtx.Signin.BeginSocial(l.ctx, req.Provider, signin.SocialBegin{
		ReturnTo: req.ReturnTo, Challenge: req.Challenge, State: req.State, Fresh: req.Fresh,
	})
}
