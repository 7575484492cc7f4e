package avatar

import (
	"context"
	"fmt"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// GetAvatarLogic handles a request of the route "Get the picture of a user".
type GetAvatarLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// Picture describes a picture that has not been loaded yet.
type Picture struct {
	// Tag identifies the content.
	Tag string
	// Lasting reports whether the requested URL always has this content.
	Lasting bool
	// Load reads the content.
	Load func() ([]byte, error)
}

// NewGetAvatarLogic returns the logic for a request with the context ctx.
func NewGetAvatarLogic(ctx context.Context, svcCtx *svc.ServiceContext) *GetAvatarLogic {
	return &GetAvatarLogic{ctx: ctx, svcCtx: svcCtx}
}

// GetAvatar returns a user's picture.
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
