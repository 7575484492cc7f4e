package logic

import (
	"context"

	"user-api/examples/orders/internal/svc"
	"user-api/examples/orders/internal/types"

	"github.com/zeromicro/go-zero/core/logx"
)

type DeleteOrderLogic struct {
	logx.Logger
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

func NewDeleteOrderLogic(ctx context.Context, svcCtx *svc.ServiceContext) *DeleteOrderLogic {
	return &DeleteOrderLogic{
		Logger: logx.WithContext(ctx),
		ctx:    ctx,
		svcCtx: svcCtx,
	}
}

func (l *DeleteOrderLogic) DeleteOrder(req *types.OrderReq) error {
	if !l.svcCtx.Orders.Delete(req.Id) {
		return errNoOrder
	}
	return nil
}
