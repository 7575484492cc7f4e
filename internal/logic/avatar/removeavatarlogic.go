package avatar

import (
	"context"

	"user-api/internal/reqctx"
	"user-api/internal/svc"
)

// RemoveAvatarLogic handles a request of the route "Remove the picture".
type RemoveAvatarLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewRemoveAvatarLogic returns the logic for a request with the context ctx.
func NewRemoveAvatarLogic(ctx context.Context, svcCtx *svc.ServiceContext) *RemoveAvatarLogic {
	return &RemoveAvatarLogic{ctx: ctx, svcCtx: svcCtx}
}

// RemoveAvatar removes the user's picture.
func (l *RemoveAvatarLogic) RemoveAvatar() error {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return l.svcCtx.Signin.RemoveAvatar(l.ctx, p)
}
