package inbox

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InboxMailLogic handles a request of the route "Show an e-mail of the inbox as HTML".
type InboxMailLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewInboxMailLogic returns the logic for a request with the context ctx.
func NewInboxMailLogic(ctx context.Context, svcCtx *svc.ServiceContext) *InboxMailLogic {
	return &InboxMailLogic{ctx: ctx, svcCtx: svcCtx}
}

// InboxMail returns the HTML of a mail.
func (l *InboxMailLogic) InboxMail(req *types.InboxMailReq) (string, error) {
	m, err := l.svcCtx.Inbox.Get(l.ctx, req.Id)
	if err == nil && m.HTML == "" {
		err = apperr.New(apperr.NotFound)
	}
	return m.HTML, err
}
