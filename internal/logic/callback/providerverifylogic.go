package callback

import (
	"context"

	"user-api/internal/svc"
)

// ProviderVerifyLogic handles a request of the route "Verify a callback URL for a provider".
type ProviderVerifyLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewProviderVerifyLogic returns the logic for a request with the context ctx.
func NewProviderVerifyLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ProviderVerifyLogic {
	return &ProviderVerifyLogic{ctx: ctx, svcCtx: svcCtx}
}

// ProviderVerify returns the challenge if the provider sent the configured token.
func (l *ProviderVerifyLogic) ProviderVerify(provider, query string) (answer string, err error) {
	return l.svcCtx.Callbacks.Verify(provider, query)
}
