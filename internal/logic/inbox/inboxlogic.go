package inbox

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// InboxLogic answers one request of the route "What the inbox provider was given; exists only outside pro".
type InboxLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewInboxLogic returns the logic of the request whose context is ctx.
func NewInboxLogic(ctx context.Context, svcCtx *svc.ServiceContext) *InboxLogic {
	return &InboxLogic{ctx: ctx, svcCtx: svcCtx}
}

// Inbox lists what the inbox provider was given, newest first.
func (l *InboxLogic) Inbox(req *types.InboxReq) (*types.InboxResp, error) {
	messages, err := l.svcCtx.Inbox.List(l.ctx, req.To)
	if err != nil {
		return nil, err
	}
	resp := &types.InboxResp{Messages: make([]types.InboxMessage, 0, len(messages))}
	for _, m := range messages {
		resp.Messages = append(resp.Messages, types.InboxMessage{
			To: m.To, Channel: string(m.Channel), Body: m.Body, Otp: m.Otp, At: m.At.Unix(),
		})
	}
	return resp, nil
}
