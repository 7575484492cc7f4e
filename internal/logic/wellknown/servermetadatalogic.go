package wellknown

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ServerMetadataLogic handles a request of the route "Get the authorization server metadata".
type ServerMetadataLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewServerMetadataLogic returns the logic for a request with the context ctx.
func NewServerMetadataLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ServerMetadataLogic {
	return &ServerMetadataLogic{ctx: ctx, svcCtx: svcCtx}
}

// ServerMetadata returns the URLs of the endpoints. If the issuer is not a URL, it is not
// found.
func (l *ServerMetadataLogic) ServerMetadata() (*types.MetadataResp, error) {
	auth := l.svcCtx.Config.Auth
	if !auth.IssuerURL() {
		return nil, apperr.New(apperr.NotFound)
	}
	return present.Metadata(auth.Issuer), nil
}
