package oauth

import (
	"context"
	"net/url"

	"user-api/internal/apperr"
	"user-api/internal/svc"
	"user-api/internal/web"
)

// OAuthAuthorizeLogic answers one request of the route "Sign in to an application".
type OAuthAuthorizeLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewOAuthAuthorizeLogic returns the logic of the request whose context is ctx.
func NewOAuthAuthorizeLogic(ctx context.Context, svcCtx *svc.ServiceContext) *OAuthAuthorizeLogic {
	return &OAuthAuthorizeLogic{ctx: ctx, svcCtx: svcCtx}
}

// OAuthAuthorize judges an authorization request: it is answered with the page, in one of
// the languages that it or an Accept-Language header asks for, or with an address that the
// browser is sent to.
func (l *OAuthAuthorizeLogic) OAuthAuthorize(query, languages string) (page web.Page, location string, err error) {
	next, err := l.svcCtx.OAuth.Authorize(l.ctx, query)
	if err != nil || next.Location != "" {
		return page, next.Location, err
	}
	params, err := url.ParseQuery(query)
	if err != nil { // it was parsed before
		return page, "", err
	}
	page, ok, err := l.svcCtx.Web.SignIn(next.Name, params.Get("ui_locales"), languages)
	if err == nil && !ok {
		err = apperr.New(apperr.NotFound).WithDetail("The sign-in page is switched off by Web.Enabled.")
	}
	return page, "", err
}
