package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// AccountPageLogic answers one request of the route "The account page".
type AccountPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewAccountPageLogic returns the logic of the request whose context is ctx.
func NewAccountPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *AccountPageLogic {
	return &AccountPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// AccountPage makes the page in one of the languages of an Accept-Language header.
func (l *AccountPageLogic) AccountPage(languages string) (web.Page, error) {
	return l.svcCtx.Web.Account(languages)
}
