package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// AdminPageLogic handles a request of the route "The administration page".
type AdminPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAdminPageLogic returns the logic for a request with the context ctx.
func NewAdminPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AdminPageLogic {
	return &AdminPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// AdminPage returns the page in the best language of an Accept-Language header.
func (l *AdminPageLogic) AdminPage(languages string) (web.Page, error) {
	return l.svcCtx.Web.Page(web.AdminPage, languages, nil)
}
