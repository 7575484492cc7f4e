package admin

import (
	"context"

	"user-api/internal/document"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ChangeMetadataLogic handles a request of the route "Change a user's appMetadata".
type ChangeMetadataLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewChangeMetadataLogic returns the logic for a request with the context ctx.
func NewChangeMetadataLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ChangeMetadataLogic {
	return &ChangeMetadataLogic{ctx: ctx, svcCtx: svcCtx}
}

// ChangeMetadata merges into the appMetadata of a user.
func (l *ChangeMetadataLogic) ChangeMetadata(req *types.ChangeMetadataReq) error {
	return l.svcCtx.Signin.ChangeAppMetadata(l.ctx, req.Id, document.From(req.AppMetadata))
}
