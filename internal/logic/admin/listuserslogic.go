package admin

import (
	"context"
	"strings"

	"user-api/internal/account"
	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListUsersLogic handles a request of the route "List users".
type ListUsersLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListUsersLogic returns the logic for a request with the context ctx.
func NewListUsersLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListUsersLogic {
	return &ListUsersLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListUsers returns a page of users, or of those that match a search.
func (l *ListUsersLogic) ListUsers(req *types.ListUsersReq) (*types.ListUsersResp, error) {
	after, limit := req.Page()
	if q := strings.ToLower(strings.TrimSpace(req.Q)); req.Q != "" {
		return present.Found(l.svcCtx.Now())(l.svcCtx.Signin.FindUsers(l.ctx, account.Search{
			Text: q, Status: req.Status, Cursor: req.Cursor, Limit: limit,
		}))
	}
	return present.Users(l.svcCtx.Now(), limit)(l.svcCtx.Signin.ListUsers(l.ctx, account.Filter{
		After: after, Limit: limit + 1, Status: req.Status,
	}))
}
