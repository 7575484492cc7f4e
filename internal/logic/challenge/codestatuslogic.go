package challenge

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// CodeStatusLogic handles a request of the route "Get the status of a message".
type CodeStatusLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewCodeStatusLogic returns the logic for a request with the context ctx.
func NewCodeStatusLogic(ctx context.Context, svcCtx *svc.ServiceContext) *CodeStatusLogic {
	return &CodeStatusLogic{ctx: ctx, svcCtx: svcCtx}
}

// CodeStatus returns the delivery status of the message.
func (l *CodeStatusLogic) CodeStatus(req *types.CodeStatusReq) (*types.CodeStatusResp, error) {
	return present.CodeStatus(l.svcCtx.Signin.CodeStatus(l.ctx, req.OtpId))
}
