package user

import (
	"context"

	"user-api/internal/account"
	"user-api/internal/document"
	"user-api/internal/present"
	"user-api/internal/reqctx"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ChangeInfoLogic handles a request of the route "Change the username, the display name, the locale or the metadata".
type ChangeInfoLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewChangeInfoLogic returns the logic for a request with the context ctx.
func NewChangeInfoLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ChangeInfoLogic {
	return &ChangeInfoLogic{ctx: ctx, svcCtx: svcCtx}
}

// ChangeInfo changes attributes of the user.
func (l *ChangeInfoLogic) ChangeInfo(req *types.ChangeInfoReq) (*types.UserInfo, error) {
	p, _ := reqctx.PrincipalFrom(l.ctx)
	return present.User(l.ctx, l.svcCtx.Accounts.CurrentDocuments)(l.svcCtx.Signin.ChangeInfo(l.ctx, p, account.Change{
		Username: req.Username, DisplayName: req.DisplayName, Locale: req.Locale, Metadata: document.From(req.Metadata),
	}))
}
