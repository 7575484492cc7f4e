package social

import (
	"context"

	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialBeginLogic answers one request of the route "Redirect a browser to a provider".
type SocialBeginLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSocialBeginLogic returns the logic of the request whose context is ctx.
func NewSocialBeginLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SocialBeginLogic {
	return &SocialBeginLogic{ctx: ctx, svcCtx: svcCtx}
}

// SocialBegin returns where the browser goes, and what it keeps meanwhile.
func (l *SocialBeginLogic) SocialBegin(req *types.SocialBeginReq) (location string, cookie signin.Cookie, err error) {
	return l.svcCtx.Signin.BeginSocial(l.ctx, req.Provider, signin.SocialBegin{
		ReturnTo: req.ReturnTo, Challenge: req.Challenge, State: req.State, Fresh: req.Fresh,
	})
}
