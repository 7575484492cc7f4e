package user

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InfoLogic answers one request of the route "Get the signed-in user".
type InfoLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewInfoLogic returns the logic of the request whose context is ctx.
func NewInfoLogic(ctx context.Context, svcCtx *svc.ServiceContext) *InfoLogic {
	return &InfoLogic{ctx: ctx, svcCtx: svcCtx}
}

// Info tells who one is, with the role in force: the cached row may be older.
func (l *InfoLogic) Info() (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	info, err := present.User(l.ctx, l.svcCtx.Accounts.Documents)(l.svcCtx.Accounts.Get(l.ctx, p.UserID))
	if err == nil {
		info.Role = p.Role
	}
	return info, err
}
