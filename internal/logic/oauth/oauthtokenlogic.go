package oauth

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// OAuthTokenLogic handles a request of the route "Get a token for a user or a client".
type OAuthTokenLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewOAuthTokenLogic returns the logic for a request with the context ctx.
func NewOAuthTokenLogic(ctx context.Context, svcCtx *svc.ServiceContext) *OAuthTokenLogic {
	return &OAuthTokenLogic{ctx: ctx, svcCtx: svcCtx}
}

// OAuthToken issues a token. authorization are the Authorization headers, form is the body.
func (l *OAuthTokenLogic) OAuthToken(authorization []string, form string) (*types.OAuthTokenResp, error) {
	return present.OAuthToken(l.svcCtx.OAuth.Token(l.ctx, authorization, form))
}
