package callback

import (
	"context"

	"user-api/internal/svc"
)

// ProviderStatusLogic handles a request of the route "Receive a provider's receipt".
type ProviderStatusLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewProviderStatusLogic returns the logic for a request with the context ctx.
func NewProviderStatusLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ProviderStatusLogic {
	return &ProviderStatusLogic{ctx: ctx, svcCtx: svcCtx}
}

// ProviderStatus processes a status callback of a provider, given the unmodified query and
// body, and the headers that authenticate them. It returns the response body that the
// provider expects, or nothing.
func (l *ProviderStatusLogic) ProviderStatus(provider, query string, body []byte, header func(string) string) (answer string, err error) {
	return l.svcCtx.Callbacks.Take(l.ctx, provider, query, body, header)
}
