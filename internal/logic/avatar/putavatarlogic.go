package avatar

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

// PutAvatarLogic answers one request of the route "Set the picture".
type PutAvatarLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewPutAvatarLogic returns the logic of the request whose context is ctx.
func NewPutAvatarLogic(ctx context.Context, svcCtx *svc.ServiceContext) *PutAvatarLogic {
	return &PutAvatarLogic{ctx: ctx, svcCtx: svcCtx}
}

// PutAvatar makes a picture the user's.
func (l *PutAvatarLogic) PutAvatar(read func() ([]byte, error)) error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.SetAvatar(l.ctx, p, read)
}
