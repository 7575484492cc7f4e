package callback

import (
	"context"
	"encoding/json"
	"strings"

	"user-api/internal/document"
	"user-api/internal/svc"
)

// ProviderEventsLogic handles a request of the route "Receive events about accounts from a social sign-in provider".
type ProviderEventsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewProviderEventsLogic returns the logic for a request with the context ctx.
func NewProviderEventsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ProviderEventsLogic {
	return &ProviderEventsLogic{ctx: ctx, svcCtx: svcCtx}
}

// ProviderEvents processes the body posted by a provider: a token, or Apple's object that
// contains one. It reports whether the body was an object.
func (l *ProviderEventsLogic) ProviderEvents(provider string, body []byte) (object bool, err error) {
	token := string(body)
	if object = strings.HasPrefix(token, "{"); object {
		// Only the signed payload counts, so other members are allowed.
		d, err := document.Parse(body)
		if err != nil || json.Unmarshal(d["payload"], &token) != nil {
			token = "" // rejected as an invalid token
		}
	}
	return object, l.svcCtx.Signin.HandleProviderEvents(l.ctx, provider, token)
}
