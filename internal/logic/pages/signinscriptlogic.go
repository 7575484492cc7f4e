package pages

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/web"
)

// SignInScriptLogic handles a request of the route "The sign-in web component".
type SignInScriptLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSignInScriptLogic returns the logic for a request with the context ctx.
func NewSignInScriptLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SignInScriptLogic {
	return &SignInScriptLogic{ctx: ctx, svcCtx: svcCtx}
}

// SignInScript returns the script, which is the same for everyone.
func (l *SignInScriptLogic) SignInScript() web.Asset {
	return l.svcCtx.Web.Script()
}
