package callback

import (
	"context"

	"user-api/internal/svc"
)

// ProviderStatusLogic answers one request of the route "Receive a provider's receipt".
type ProviderStatusLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewProviderStatusLogic returns the logic of the request whose context is ctx.
func NewProviderStatusLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ProviderStatusLogic {
	return &ProviderStatusLogic{ctx: ctx, svcCtx: svcCtx}
}

// ProviderStatus takes a status callback of a provider: the query and the body as
// they came, and the headers that prove where it comes from. The answer is the body
// that the provider wants to see, or empty.
func (l *ProviderStatusLogic) ProviderStatus(provider, query string, body []byte, header func(string) string) (answer string, err error) {
	return l.svcCtx.Callbacks.Take(l.ctx, provider, query, body, header)
}
