package admin

import (
	"context"
	"strconv"
	"strings"

	"user-api/internal/account"
	"user-api/internal/present"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListUsersLogic answers one request of the route "Page through users".
type ListUsersLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewListUsersLogic returns the logic of the request whose context is ctx.
func NewListUsersLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ListUsersLogic {
	return &ListUsersLogic{ctx: ctx, svcCtx: svcCtx}
}

// ListUsers pages through users.
func (l *ListUsersLogic) ListUsers(req *types.ListUsersReq) (*types.ListUsersResp, error) {
	after, limit := req.Page()
	users, err := l.svcCtx.Signin.ListUsers(l.ctx, account.Filter{
		After: after, Limit: limit + 1, Status: req.Status, Prefix: strings.ToLower(req.Q),
	})
	if err != nil {
		return nil, err
	}
	resp := &types.ListUsersResp{Users: make([]types.AdminUser, 0, len(users))}
	for i, user := range users {
		if i == limit {
			resp.Next = strconv.FormatInt(users[i-1].Id, 10)
			break
		}
		resp.Users = append(resp.Users, present.AdminUser(user, l.svcCtx.Now()))
	}
	return resp, nil
}
