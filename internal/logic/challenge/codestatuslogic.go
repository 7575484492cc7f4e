package challenge

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// CodeStatusLogic answers one request of the route "Get the status of a message".
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
	return present.CodeStatus(l.svcCtx.Signin.CodeStatus(l.ctx, req.OtpId))
}
