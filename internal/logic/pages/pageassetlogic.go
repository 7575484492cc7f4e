package pages

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/svc"
	"user-api/internal/types"
	"user-api/internal/web"
)

// PageAssetLogic handles a request of the route "A file of a page".
type PageAssetLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewPageAssetLogic returns the logic for a request with the context ctx.
func NewPageAssetLogic(ctx context.Context, svcCtx *svc.ServiceContext) *PageAssetLogic {
	return &PageAssetLogic{ctx: ctx, svcCtx: svcCtx}
}

// PageAsset returns a file of an enabled page.
func (l *PageAssetLogic) PageAsset(req *types.PageAssetReq) (web.Asset, error) {
	file, ok := l.svcCtx.Web.Asset(req.Hash, req.Name)
	if !ok {
		return web.Asset{}, apperr.New(apperr.NotFound)
	}
	return file, nil
}
