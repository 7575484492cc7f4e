package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// SignInPageLogic answers one request of the route "The sign-in page".
type SignInPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSignInPageLogic returns the logic of the request whose context is ctx.
func NewSignInPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SignInPageLogic {
	return &SignInPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// SignInPage makes the page in one of the languages of an Accept-Language header.
func (l *SignInPageLogic) SignInPage(languages string) (web.Page, error) {
	return l.svcCtx.Web.Page(web.SignInPage, languages, nil)
}
