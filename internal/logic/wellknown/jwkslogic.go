package wellknown

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// JwksLogic handles a request of the route "Get the public keys of access tokens".
type JwksLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewJwksLogic returns the logic for a request with the context ctx.
func NewJwksLogic(ctx context.Context, svcCtx *svc.ServiceContext) *JwksLogic {
	return &JwksLogic{ctx: ctx, svcCtx: svcCtx}
}

// Jwks returns the keys whose tokens are accepted.
func (l *JwksLogic) Jwks() (*types.JwksResp, error) {
	published, err := l.svcCtx.Keys.Published()
	if err != nil {
		return nil, err
	}
	resp := &types.JwksResp{Keys: make([]types.Jwk, 0, len(published))}
	for _, key := range published {
		resp.Keys = append(resp.Keys, types.Jwk{Alg: key.Alg, Crv: key.Crv, Kid: key.ID, Kty: key.Kty, Use: key.Use, X: key.X, Y: key.Y})
	}
	return resp, nil
}
