package sessions

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// OwnEventsLogic handles a request of the route "List events of the user's account".
type OwnEventsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewOwnEventsLogic returns the logic for a request with the context ctx.
func NewOwnEventsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *OwnEventsLogic {
	return &OwnEventsLogic{ctx: ctx, svcCtx: svcCtx}
}

// OwnEvents returns a page of the audit events that the user may see.
func (l *OwnEventsLogic) OwnEvents(req *types.OwnEventsReq) (*types.OwnEventsResp, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	limit := req.PageSize()
	return present.OwnEvents(limit)(l.svcCtx.Signin.OwnEvents(l.ctx, p, req.Cursor, limit+1))
}
