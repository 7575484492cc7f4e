package social

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialProvidersLogic handles a request of the route "List the social sign-in providers".
type SocialProvidersLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewSocialProvidersLogic returns the logic for a request with the context ctx.
func NewSocialProvidersLogic(ctx context.Context, svcCtx *svc.ServiceContext) *SocialProvidersLogic {
	return &SocialProvidersLogic{ctx: ctx, svcCtx: svcCtx}
}

// SocialProviders returns the providers.
func (l *SocialProvidersLogic) SocialProviders() (*types.SocialProvidersResp, error) {
	resp := &types.SocialProvidersResp{Providers: []types.SocialProvider{}}
	for _, p := range l.svcCtx.Signin.SocialProviders() {
		resp.Providers = append(resp.Providers, types.SocialProvider{Name: p.Name, Kind: p.Kind})
	}
	return resp, nil
}
