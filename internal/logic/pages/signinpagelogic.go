package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// SignInPageLogic handles a request of the route "The sign-in page".
type SignInPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSignInPageLogic returns the logic for a request with the context ctx.
func NewSignInPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SignInPageLogic {
	return &SignInPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// SignInPage returns the page in the best language of its link (ui_locales) or of an
// Accept-Language header.
func (l *SignInPageLogic) SignInPage(wanted, languages string) (web.Page, error) {
	page, _, err := l.svcCtx.Web.SignIn("", wanted, languages)
	return page, err
}
