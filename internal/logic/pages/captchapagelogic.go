package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// CaptchaPageLogic handles a request of the route "The captcha frame".
type CaptchaPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewCaptchaPageLogic returns the logic for a request with the context ctx.
func NewCaptchaPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CaptchaPageLogic {
	return &CaptchaPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// CaptchaPage returns the page in the best language of an Accept-Language header.
func (l *CaptchaPageLogic) CaptchaPage(languages string) (web.Page, error) {
	return l.svcCtx.Web.Captcha(languages)
}
