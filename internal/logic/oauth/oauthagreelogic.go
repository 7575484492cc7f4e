package oauth

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// OAuthAgreeLogic handles a request of the route "Pass the sign-in on the page to the application".
type OAuthAgreeLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewOAuthAgreeLogic returns the logic for a request with the context ctx.
func NewOAuthAgreeLogic(ctx context.Context, svcCtx *svc.ServiceContext) *OAuthAgreeLogic {
	return &OAuthAgreeLogic{ctx: ctx, svcCtx: svcCtx}
}

// OAuthAgree creates the code of an authorization request.
func (l *OAuthAgreeLogic) OAuthAgree(req *types.OAuthAgreeReq) (*types.OAuthAgreeResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	location, err := l.svcCtx.OAuth.Agree(l.ctx, p, req.Query)
	if err != nil {
		return nil, err
	}
	return &types.OAuthAgreeResp{Location: location}, nil
}
