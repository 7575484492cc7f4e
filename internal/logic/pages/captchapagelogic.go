package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// CaptchaPageLogic answers one request of the route "The captcha frame".
type CaptchaPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewCaptchaPageLogic returns the logic of the request whose context is ctx.
func NewCaptchaPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CaptchaPageLogic {
	return &CaptchaPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// CaptchaPage makes the page in one of the languages of an Accept-Language header.
func (l *CaptchaPageLogic) CaptchaPage(languages string) (web.Page, error) {
	return l.svcCtx.Web.Captcha(languages)
}
