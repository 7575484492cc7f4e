package callback

import (
	"context"
	"encoding/json"
	"strings"

	"user-api/internal/document"
	"user-api/internal/svc"
)

// ProviderEventsLogic answers one request of the route "Receive events about accounts from a social sign-in provider".
type ProviderEventsLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewProviderEventsLogic returns the logic of the request whose context is ctx.
func NewProviderEventsLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ProviderEventsLogic {
	return &ProviderEventsLogic{ctx: ctx, svcCtx: svcCtx}
}

// ProviderEvents takes what a provider has posted: a token, or Apple's object with one. It
// reports whether it was an object.
func (l *ProviderEventsLogic) ProviderEvents(provider string, body []byte) (object bool, err error) {
	token := string(body)
	if object = strings.HasPrefix(token, "{"); object {
		// Nothing but what is signed counts, so that other members may be there.
		d, err := document.Parse(body)
		if err != nil || json.Unmarshal(d["payload"], &token) != nil {
			token = "" // which is no token, and refused as one
		}
	}
	return object, l.svcCtx.Signin.HandleProviderEvents(l.ctx, provider, token)
}
