package pages

import (
	"context"

	"user-api/internal/openapi"
	"user-api/internal/svc"
)

// ApiDocumentLogic handles a request of the route "The API document".
type ApiDocumentLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewApiDocumentLogic returns the logic for a request with the context ctx.
func NewApiDocumentLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ApiDocumentLogic {
	return &ApiDocumentLogic{ctx: ctx, svcCtx: svcCtx}
}

// ApiDocument returns the document of this service.
func (l *ApiDocumentLogic) ApiDocument() (openapi.File, error) { return l.svcCtx.APIDocument() }
