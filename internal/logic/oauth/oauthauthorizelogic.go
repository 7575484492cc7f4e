package oauth

import (
	"context"

	"user-api/internal/oauth"
	"user-api/internal/svc"
)

// OAuthAuthorizeLogic answers one request of the route "Sign in for an application".
type OAuthAuthorizeLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewOAuthAuthorizeLogic returns the logic of the request whose context is ctx.
func NewOAuthAuthorizeLogic(ctx context.Context, svcCtx *svc.ServiceContext) *OAuthAuthorizeLogic {
	return &OAuthAuthorizeLogic{ctx: ctx, svcCtx: svcCtx}
}

// OAuthAuthorize judges an authorization request.
func (l *OAuthAuthorizeLogic) OAuthAuthorize(query string) (oauth.Next, error) {
	return l.svcCtx.OAuth.Authorize(l.ctx, query)
}
