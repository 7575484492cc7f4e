package anonymous

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// AnonymousSignInLogic handles a request of the route "Create an anonymous user".
type AnonymousSignInLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAnonymousSignInLogic returns the logic for a request with the context ctx.
func NewAnonymousSignInLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AnonymousSignInLogic {
	return &AnonymousSignInLogic{ctx: ctx, svcCtx: svcCtx}
}

// AnonymousSignIn creates an anonymous user and a session.
func (l *AnonymousSignInLogic) AnonymousSignIn(req *types.AnonymousReq) (*types.TokenPair, error) {
	client := reqctx.ClientFrom(l.ctx)
	device := session.Device{IP: client.IP.String(), UserAgent: client.UserAgent}
	return present.TokenPair(l.svcCtx.Signin.ByAnonymous(l.ctx, req.Captcha, device))
}
