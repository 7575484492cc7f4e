package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListDeliveriesLogic answers one request of the route "What became of messages".
type ListDeliveriesLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListDeliveriesLogic returns the logic of the request whose context is ctx.
func NewListDeliveriesLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListDeliveriesLogic {
	return &ListDeliveriesLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListDeliveries adapts the request to its use case.
func (l *ListDeliveriesLogic) ListDeliveries(req *types.ListDeliveriesReq) (resp *types.ListDeliveriesResp, err error) {
	return
}
