package admin

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListDeliveriesLogic handles a request of the route "List the timelines of messages".
type ListDeliveriesLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListDeliveriesLogic returns the logic for a request with the context ctx.
func NewListDeliveriesLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListDeliveriesLogic {
	return &ListDeliveriesLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListDeliveries returns a page of message deliveries.
func (l *ListDeliveriesLogic) ListDeliveries(req *types.ListDeliveriesReq) (*types.ListDeliveriesResp, error) {
	limit := req.PageSize()
	return present.Deliveries(limit)(l.svcCtx.Signin.Deliveries(l.ctx, req.To, req.UserId, req.Cursor, limit+1))
}
