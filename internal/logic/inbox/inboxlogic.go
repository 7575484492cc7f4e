package inbox

import (
	"context"

	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
	"user-api/internal/web"
)

// InboxLogic handles a request of the route "List the messages in the developer inbox; only outside pro".
type InboxLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewInboxLogic returns the logic for a request with the context ctx.
func NewInboxLogic(ctx context.Context, svcCtx *svc.ServiceContext) *InboxLogic {
	return &InboxLogic{ctx: ctx, svcCtx: svcCtx}
}

// Inbox returns the messages that the inbox provider received, newest first; or the page of
// the inbox for a browser, in the best language of an Accept-Language header.
func (l *InboxLogic) Inbox(req *types.InboxReq, browser bool, languages string) (*types.InboxResp, *web.Page, error) {
	if browser && l.svcCtx.Web.On(web.InboxPage) {
		page, err := l.svcCtx.Web.Page(web.InboxPage, languages, map[string]any{"numbers": l.svcCtx.Inbox.Numbers()})
		return nil, &page, err
	}
	messages, err := l.svcCtx.Inbox.List(l.ctx, req.To)
	if err != nil {
		return nil, nil, err
	}
	resp := &types.InboxResp{Messages: make([]types.InboxMessage, 0, len(messages))}
	for _, m := range messages {
		resp.Messages = append(resp.Messages, present.InboxMessage(m))
	}
	return resp, nil, nil
}
