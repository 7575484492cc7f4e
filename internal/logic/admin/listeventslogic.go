package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListEventsLogic answers one request of the route "The audit trail".
type ListEventsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListEventsLogic returns the logic of the request whose context is ctx.
func NewListEventsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListEventsLogic {
	return &ListEventsLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListEvents adapts the request to its use case.
func (l *ListEventsLogic) ListEvents(req *types.ListEventsReq) (resp *types.ListEventsResp, err error) {
	return
}
