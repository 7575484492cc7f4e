package wellknown

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// OpenidMetadataLogic handles a request of the route "Get the metadata for OpenID Connect clients".
type OpenidMetadataLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewOpenidMetadataLogic returns the logic for a request with the context ctx.
func NewOpenidMetadataLogic(ctx context.Context, svcCtx *svc.ServiceContext) *OpenidMetadataLogic {
	return &OpenidMetadataLogic{ctx: ctx, svcCtx: svcCtx}
}

// OpenidMetadata returns the same document as ServerMetadata.
func (l *OpenidMetadataLogic) OpenidMetadata() (*types.MetadataResp, error) {
	return NewServerMetadataLogic(l.ctx, l.svcCtx).ServerMetadata()
}
