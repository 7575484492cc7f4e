package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// DocsPageLogic handles a request of the route "The API reference page".
type DocsPageLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewDocsPageLogic returns the logic for a request with the context ctx.
func NewDocsPageLogic(ctx context.Context, svcCtx *svc.ServiceContext) *DocsPageLogic {
	return &DocsPageLogic{ctx: ctx, svcCtx: svcCtx}
}

// DocsPage returns the page, which is the same for everyone.
func (l *DocsPageLogic) DocsPage() (web.Asset, error) { return l.svcCtx.Reference() }
