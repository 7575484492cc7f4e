package oauth

import (
	"context"
	"net/url"

	"user-api/internal/apperr"
	"user-api/internal/svc"
	"user-api/internal/web"
)

// OAuthAuthorizeLogic handles a request of the route "Sign in to an application".
type OAuthAuthorizeLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewOAuthAuthorizeLogic returns the logic for a request with the context ctx.
func NewOAuthAuthorizeLogic(ctx context.Context, svcCtx *svc.ServiceContext) *OAuthAuthorizeLogic {
	return &OAuthAuthorizeLogic{ctx: ctx, svcCtx: svcCtx}
}

// OAuthAuthorize validates an authorization request. It returns the page, in the best
// language of the request and of an Accept-Language header, or a URL to redirect the
// browser to.
func (l *OAuthAuthorizeLogic) OAuthAuthorize(query, languages string) (page web.Page, location string, err error) {
	next, err := l.svcCtx.OAuth.Authorize(l.ctx, query)
	if err != nil || next.Location != "" {
		return page, next.Location, err
	}
	params, err := url.ParseQuery(query)
	if err != nil { // it was parsed earlier
		return page, "", err
	}
	page, ok, err := l.svcCtx.Web.SignIn(next.Name, params.Get("ui_locales"), languages)
	if err == nil && !ok {
		err = apperr.New(apperr.NotFound).WithDetail("The sign-in page is switched off by Web.Enabled.")
	}
	return page, "", err
}
