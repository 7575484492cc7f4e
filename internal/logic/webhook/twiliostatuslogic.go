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

// TwilioStatus adapts the request to its use case.
func (l *TwilioStatusLogic) TwilioStatus() error {
	return nil
}
