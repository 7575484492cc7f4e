package logic

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"user-api/examples/orders/internal/store"
	"user-api/examples/orders/internal/types"
)

// errNoOrder becomes a 404, because go-zero knows the codes of gRPC. It does not reveal
// whether another user has such an order.
var errNoOrder = status.Error(codes.NotFound, "no such order")

func shown(o store.Order) *types.Order {
	return &types.Order{Id: o.ID, Item: o.Item, Paid: o.Paid}
}
