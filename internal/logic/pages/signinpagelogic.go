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

// SignInPage makes the page in one of the languages that its link (ui_locales) or an
// Accept-Language header asks for.
func (l *SignInPageLogic) SignInPage(wanted, languages string) (web.Page, error) {
	page, _, err := l.svcCtx.Web.SignIn("", wanted, languages)
	return page, err
}
