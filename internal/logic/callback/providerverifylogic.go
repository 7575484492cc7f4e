package callback

import (
	"context"

	"user-api/internal/svc"
)

// ProviderVerifyLogic answers one request of the route "Verify a callback URL for a provider".
type ProviderVerifyLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewProviderVerifyLogic returns the logic of the request whose context is ctx.
func NewProviderVerifyLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ProviderVerifyLogic {
	return &ProviderVerifyLogic{ctx: ctx, svcCtx: svcCtx}
}

// ProviderVerify returns what is to be handed back to a provider that shows its token.
func (l *ProviderVerifyLogic) ProviderVerify(provider, query string) (answer string, err error) {
	return l.svcCtx.Callbacks.Verify(provider, query)
}
