package admin

import (
	"context"
	"time"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// BanLogic handles a request of the route "Ban a user and end the sessions".
type BanLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewBanLogic returns the logic for a request with the context ctx.
func NewBanLogic(ctx context.Context, svcCtx *svc.ServiceContext) *BanLogic {
	return &BanLogic{ctx: ctx, svcCtx: svcCtx}
}

// Ban bans a user.
func (l *BanLogic) Ban(req *types.BanReq) error {
	var until time.Time
	if req.Until > 0 {
		until = time.Unix(req.Until, 0)
	}
	return l.svcCtx.Signin.Ban(l.ctx, req.Id, req.Reason, until)
}
