package user

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InfoLogic answers one request of the route "Who one is".
type InfoLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewInfoLogic returns the logic of the request whose context is ctx.
func NewInfoLogic(ctx context.Context, svcCtx *svc.ServiceContext) *InfoLogic {
	return &InfoLogic{ctx: ctx, svcCtx: svcCtx}
}

// Info tells who one is.
func (l *InfoLogic) Info() (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	user, err := l.svcCtx.Accounts.Get(l.ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	return &types.UserInfo{
		Id: user.Id, Username: user.Username.String, Phone: user.Phone.String, Email: user.Email.String,
		Role: user.Role, CreatedAt: user.Created / 1000,
	}, nil
}
