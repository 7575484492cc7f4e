package logic

import (
	"context"

	"user-api/clients/go/authz"
	"user-api/examples/orders/internal/svc"
	"user-api/examples/orders/internal/types"

	"github.com/zeromicro/go-zero/core/logx"
)

type GetMenuLogic struct {
	logx.Logger
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

func NewGetMenuLogic(ctx context.Context, svcCtx *svc.ServiceContext) *GetMenuLogic {
	return &GetMenuLogic{
		Logger: logx.WithContext(ctx),
		ctx:    ctx,
		svcCtx: svcCtx,
	}
}

func (l *GetMenuLogic) GetMenu() (resp *types.Menu, err error) {
	resp = &types.Menu{Items: []string{"tea", "coffee", "cake"}}
	if caller, ok := authz.FromContext(l.ctx); ok {
		if orders := l.svcCtx.Orders.Of(caller.UserID); len(orders) > 0 {
			resp.Again = orders[len(orders)-1].Item
		}
	}
	return resp, nil
}
