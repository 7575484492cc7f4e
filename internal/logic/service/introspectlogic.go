package service

import (
	"context"

	"user-api/internal/introspect"
	"user-api/internal/svc"
)

// IntrospectLogic answers one request of the route "Check whether a token is valid".
type IntrospectLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewIntrospectLogic returns the logic of the request whose context is ctx.
func NewIntrospectLogic(ctx context.Context, svcCtx *svc.ServiceContext) *IntrospectLogic {
	return &IntrospectLogic{ctx: ctx, svcCtx: svcCtx}
}

// Introspect judges the token of a form. The answer also has the further claims of a
// token, which no type can list: types.IntrospectResp describes the others.
func (l *IntrospectLogic) Introspect(form string) (introspect.Answer, error) {
	return l.svcCtx.Introspector.Introspect(l.ctx, form)
}
