package admin

import (
	"context"

	"user-api/internal/audit"
	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListEventsLogic handles a request of the route "Search the audit trail".
type ListEventsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListEventsLogic returns the logic for a request with the context ctx.
func NewListEventsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListEventsLogic {
	return &ListEventsLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListEvents returns a page of the audit trail.
func (l *ListEventsLogic) ListEvents(req *types.ListEventsReq) (*types.ListEventsResp, error) {
	limit := req.PageSize()
	from, to := req.Times()
	return present.Events(limit)(l.svcCtx.Signin.ListEvents(l.ctx, audit.Filter{
		UserID: req.UserId, Type: req.Type, IP: req.Ip, RequestID: req.RequestId, From: from, To: to, Before: req.Cursor, Limit: limit + 1,
	}, req.Address))
}
