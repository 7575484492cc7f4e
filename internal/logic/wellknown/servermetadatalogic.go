package wellknown

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ServerMetadataLogic answers one request of the route "Get the authorization server metadata".
type ServerMetadataLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewServerMetadataLogic returns the logic of the request whose context is ctx.
func NewServerMetadataLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ServerMetadataLogic {
	return &ServerMetadataLogic{ctx: ctx, svcCtx: svcCtx}
}

// ServerMetadata tells where everything is. While the issuer is no address there is
// nothing to tell.
func (l *ServerMetadataLogic) ServerMetadata() (*types.MetadataResp, error) {
	auth := l.svcCtx.Config.Auth
	if !auth.IssuerURL() {
		return nil, apperr.New(apperr.NotFound)
	}
	return present.Metadata(auth.Issuer), nil
}
