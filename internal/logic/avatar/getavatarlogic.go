package avatar

import (
	"context"
	"fmt"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// GetAvatarLogic answers one request of the route "Get the picture of a user".
type GetAvatarLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// Picture is what is known of a picture before it is read.
type Picture struct {
	// Tag names its content.
	Tag string
	// Lasting says that the address asked for is that of this content alone.
	Lasting bool
	// Load reads it.
	Load func() ([]byte, error)
}

// NewGetAvatarLogic returns the logic of the request whose context is ctx.
func NewGetAvatarLogic(ctx context.Context, svcCtx *svc.ServiceContext) *GetAvatarLogic {
	return &GetAvatarLogic{ctx: ctx, svcCtx: svcCtx}
}

// GetAvatar finds a user's picture.
func (l *GetAvatarLogic) GetAvatar(req *types.GetAvatarReq) (Picture, error) {
	found, err := l.svcCtx.Signin.Avatar(l.ctx, req.Id)
	if err != nil {
		return Picture{}, err
	}
	return Picture{
		Tag: fmt.Sprintf("%s-%d", found.Hash, req.Size), Lasting: req.V == found.Hash,
		Load: func() ([]byte, error) { return l.svcCtx.Avatars.Load(l.ctx, found, req.Size) },
	}, nil
}
