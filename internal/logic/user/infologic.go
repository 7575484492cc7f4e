package user

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InfoLogic handles a request of the route "Get the signed-in user".
type InfoLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewInfoLogic returns the logic for a request with the context ctx.
func NewInfoLogic(ctx context.Context, svcCtx *svc.ServiceContext) *InfoLogic {
	return &InfoLogic{ctx: ctx, svcCtx: svcCtx}
}

// Info returns the user with the current role: that of the cached row may be older.
func (l *InfoLogic) Info() (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	info, err := present.User(l.ctx, l.svcCtx.Accounts.Documents)(l.svcCtx.Accounts.Get(l.ctx, p.UserID))
	if err == nil {
		info.Role = p.Role
	}
	return info, err
}
