package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// AdminPageLogic answers one request of the route "The administration page".
type AdminPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAdminPageLogic returns the logic of the request whose context is ctx.
func NewAdminPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AdminPageLogic {
	return &AdminPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// AdminPage makes the page in one of the languages of an Accept-Language header.
func (l *AdminPageLogic) AdminPage(languages string) (web.Page, error) {
	return l.svcCtx.Web.Page(web.AdminPage, languages, nil)
}
