package wellknown

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RelatedOriginsLogic handles a request of the route "List the origins that may use this domain's passkeys".
type RelatedOriginsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRelatedOriginsLogic returns the logic for a request with the context ctx.
func NewRelatedOriginsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RelatedOriginsLogic {
	return &RelatedOriginsLogic{ctx: ctx, svcCtx: svcCtx}
}

// RelatedOrigins returns the configured origins.
func (l *RelatedOriginsLogic) RelatedOrigins() (*types.RelatedOriginsResp, error) {
	if l.svcCtx.Passkeys == nil || len(l.svcCtx.Passkeys.Related) == 0 {
		return nil, apperr.New(apperr.NotFound)
	}
	return &types.RelatedOriginsResp{Origins: l.svcCtx.Passkeys.Related}, nil
}
