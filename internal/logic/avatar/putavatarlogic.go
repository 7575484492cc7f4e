package avatar

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

// PutAvatarLogic handles a request of the route "Set the picture".
type PutAvatarLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewPutAvatarLogic returns the logic for a request with the context ctx.
func NewPutAvatarLogic(ctx context.Context, svcCtx *svc.ServiceContext) *PutAvatarLogic {
	return &PutAvatarLogic{ctx: ctx, svcCtx: svcCtx}
}

// PutAvatar sets the user's picture.
func (l *PutAvatarLogic) PutAvatar(read func() ([]byte, error)) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.SetAvatar(l.ctx, p, read)
}
