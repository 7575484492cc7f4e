package logic

import (
	"context"

	"user-api/clients/go/authz"
	"user-api/examples/orders/internal/svc"
	"user-api/examples/orders/internal/types"

	"github.com/zeromicro/go-zero/core/logx"
)

type PayOrderLogic struct {
	logx.Logger
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

func NewPayOrderLogic(ctx context.Context, svcCtx *svc.ServiceContext) *PayOrderLogic {
	return &PayOrderLogic{
		Logger: logx.WithContext(ctx),
		ctx:    ctx,
		svcCtx: svcCtx,
	}
}

func (l *PayOrderLogic) PayOrder(req *types.OrderReq) (resp *types.Order, err error) {
	caller, _ := authz.FromContext(l.ctx)
	order, ok := l.svcCtx.Orders.Pay(caller.UserID, req.Id)
	if !ok {
		return nil, errNoOrder
	}
	return shown(order), nil
}
