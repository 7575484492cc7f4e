package anonymous

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// AnonymousSignInLogic answers one request of the route "Create an anonymous user".
type AnonymousSignInLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAnonymousSignInLogic returns the logic of the request whose context is ctx.
func NewAnonymousSignInLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AnonymousSignInLogic {
	return &AnonymousSignInLogic{ctx: ctx, svcCtx: svcCtx}
}

// AnonymousSignIn makes a user without names, and its session.
func (l *AnonymousSignInLogic) AnonymousSignIn(req *types.AnonymousReq) (*types.TokenPair, error) {
	client := reqctx.ClientFrom(l.ctx)
	device := session.Device{IP: client.IP.String(), UserAgent: client.UserAgent}
	return present.TokenPair(l.svcCtx.Signin.ByAnonymous(l.ctx, req.Captcha, device))
}
