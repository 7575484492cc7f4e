package service

import (
	"context"

	"time"

	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RevocationsLogic answers one request of the route "Follow the revocation feed".
type RevocationsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRevocationsLogic returns the logic of the request whose context is ctx.
func NewRevocationsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RevocationsLogic {
	return &RevocationsLogic{ctx: ctx, svcCtx: svcCtx}
}

// Revocations tells what has ended since the answer before, and waits for it.
func (l *RevocationsLogic) Revocations(req *types.RevocationsReq) (*types.RevocationsResp, error) {
	m, _ := reqctx.MachineFrom(l.ctx)
	return present.Revocations(l.svcCtx.Polls.Next(l.ctx, m.ID, req.After, time.Duration(req.Wait)*time.Second))
}
