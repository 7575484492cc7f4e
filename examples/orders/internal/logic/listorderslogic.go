package logic

import (
	"context"

	"user-api/clients/go/authz"
	"user-api/examples/orders/internal/svc"
	"user-api/examples/orders/internal/types"

	"github.com/zeromicro/go-zero/core/logx"
)

type ListOrdersLogic struct {
	logx.Logger
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

func NewListOrdersLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListOrdersLogic {
	return &ListOrdersLogic{
		Logger: logx.WithContext(ctx),
		ctx:    ctx,
		svcCtx: svcCtx,
	}
}

func (l *ListOrdersLogic) ListOrders() (resp *types.OrderList, err error) {
	caller, _ := authz.FromContext(l.ctx)
	resp = &types.OrderList{Orders: []types.Order{}}
	for _, order := range l.svcCtx.Orders.Of(caller.UserID) {
		resp.Orders = append(resp.Orders, *shown(order))
	}
	return resp, nil
}
