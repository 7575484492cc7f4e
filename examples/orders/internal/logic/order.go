package logic

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"user-api/examples/orders/internal/store"
	"user-api/examples/orders/internal/types"
)

// errNoOrder is answered 404: go-zero knows the codes of gRPC. Whose order it is, if it is
// somebody else's, is not told.
var errNoOrder = status.Error(codes.NotFound, "no such order")

func shown(o store.Order) *types.Order {
	return &types.Order{Id: o.ID, Item: o.Item, Paid: o.Paid}
}
