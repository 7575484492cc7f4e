package webhook

import (
	"context"

	"user-api/internal/svc"
)

// TwilioStatusLogic answers one request of the route "Twilio's status callback".
type TwilioStatusLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewTwilioStatusLogic returns the logic of the request whose context is ctx.
func NewTwilioStatusLogic(ctx context.Context, svcCtx *svc.ServiceContext) *TwilioStatusLogic {
	return &TwilioStatusLogic{ctx: ctx, svcCtx: svcCtx}
}

// TwilioStatus takes a status callback: the query and the form as they came, and
// their signature.
func (l *TwilioStatusLogic) TwilioStatus(query string, form []byte, signature string) error {
	return l.svcCtx.TwilioStatus.Take(l.ctx, query, form, signature)
}
