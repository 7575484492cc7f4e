package challenge

import (
	"context"
	"math"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// CodeStatusLogic answers one request of the route "What became of the message".
type CodeStatusLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewCodeStatusLogic returns the logic of the request whose context is ctx.
func NewCodeStatusLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CodeStatusLogic {
	return &CodeStatusLogic{ctx: ctx, svcCtx: svcCtx}
}

// CodeStatus tells what became of the message.
func (l *CodeStatusLogic) CodeStatus(req *types.CodeStatusReq) (*types.CodeStatusResp, error) {
	status, err := l.svcCtx.Challenges.Status(l.ctx, req.OtpId)
	if err != nil {
		return nil, err
	}
	return &types.CodeStatusResp{
		Status: status.Status, Channel: status.Channel, Reason: status.Reason,
		ExpiresIn: int64(math.Ceil(status.ExpiresIn.Seconds())), ResendIn: int64(math.Ceil(status.ResendIn.Seconds())),
	}, nil
}
