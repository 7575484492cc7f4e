package logic

import (
	"context"

	"user-api/clients/go/authz"
	"user-api/examples/orders/internal/svc"
	"user-api/examples/orders/internal/types"

	"github.com/zeromicro/go-zero/core/logx"
)

type CreateOrderLogic struct {
	logx.Logger
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

func NewCreateOrderLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CreateOrderLogic {
	return &CreateOrderLogic{
		Logger: logx.WithContext(ctx),
		ctx:    ctx,
		svcCtx: svcCtx,
	}
}

func (l *CreateOrderLogic) CreateOrder(req *types.CreateOrderReq) (resp *types.Order, err error) {
	caller, _ := authz.FromContext(l.ctx)
	order := l.svcCtx.Orders.Add(caller.UserID, req.Item)
	return shown(order), nil
}
