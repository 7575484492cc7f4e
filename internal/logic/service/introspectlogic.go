package service

import (
	"context"

	"user-api/internal/introspect"
	"user-api/internal/svc"
)

// IntrospectLogic handles a request of the route "Check whether a token is valid".
type IntrospectLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewIntrospectLogic returns the logic for a request with the context ctx.
func NewIntrospectLogic(ctx context.Context, svcCtx *svc.ServiceContext) *IntrospectLogic {
	return &IntrospectLogic{ctx: ctx, svcCtx: svcCtx}
}

// Introspect introspects the token of a form. The response also has the custom claims of a
// token, which no type can list: types.IntrospectResp describes the others.
func (l *IntrospectLogic) Introspect(form string) (introspect.Answer, error) {
	return l.svcCtx.Introspector.Introspect(l.ctx, form)
}
