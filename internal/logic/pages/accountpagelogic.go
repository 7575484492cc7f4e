package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// AccountPageLogic handles a request of the route "The account page".
type AccountPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAccountPageLogic returns the logic for a request with the context ctx.
func NewAccountPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AccountPageLogic {
	return &AccountPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// AccountPage returns the page in the best language of an Accept-Language header.
func (l *AccountPageLogic) AccountPage(languages string) (web.Page, error) {
	return l.svcCtx.Web.Account(languages)
}
