package service

import (
	"context"

	"time"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RevocationsLogic handles a request of the route "Follow the revocation feed".
type RevocationsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRevocationsLogic returns the logic for a request with the context ctx.
func NewRevocationsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RevocationsLogic {
	return &RevocationsLogic{ctx: ctx, svcCtx: svcCtx}
}

// Revocations returns the revocations after a cursor, and waits for them.
func (l *RevocationsLogic) Revocations(req *types.RevocationsReq) (*types.RevocationsResp, error) {
	m, _ := reqctx.MachineFrom(l.ctx)
	return present.Revocations(l.svcCtx.Polls.Next(l.ctx, m.ID, req.After, time.Duration(req.Wait)*time.Second))
}
