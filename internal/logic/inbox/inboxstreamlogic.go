package inbox

import (
	"context"

	"user-api/internal/devbox"
	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InboxStreamLogic handles a request of the route "Stream the messages in the developer inbox".
type InboxStreamLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewInboxStreamLogic returns the logic for a request with the context ctx.
func NewInboxStreamLogic(ctx context.Context, svcCtx *svc.ServiceContext) *InboxStreamLogic {
	return &InboxStreamLogic{ctx: ctx, svcCtx: svcCtx}
}

// InboxStream sends the messages after the one with an id, and "ready" after those that
// exist already, until the client disconnects or the process shuts down.
func (l *InboxStreamLogic) InboxStream(req *types.InboxStreamReq, after string, send func(id, name string, data any) error) error {
	return l.svcCtx.Devbox.Follow(l.ctx, l.svcCtx.Inbox, devbox.From{After: after, Once: req.Once}, func(u devbox.Update) error {
		for _, a := range u.Asks {
			if err := send("", "ask", a); err != nil {
				return err
			}
		}
		for _, m := range u.Messages {
			if err := send(m.ID, "message", present.InboxMessage(m)); err != nil {
				return err
			}
		}
		return send("", "ready", struct{}{})
	})
}
