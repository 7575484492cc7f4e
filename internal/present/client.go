package present

import (
	"user-api/internal/client"
	"user-api/internal/invite"
	"user-api/internal/types"
)

// Grant hands out the access token of a client.
func Grant(g client.Grant, err error) (*types.OAuthTokenResp, error) {
	if err != nil {
		return nil, err
	}
	return &types.OAuthTokenResp{AccessToken: g.AccessToken, TokenType: "Bearer", ExpiresIn: seconds(g.Life), Scope: g.Scope}, nil
}

// Invite hands out an invite.
func Invite(i invite.Invite, err error) (*types.InviteResp, error) {
	if err != nil {
		return nil, err
	}
	return &types.InviteResp{Invite: i.Code, ExpiresAt: i.Expires.Unix()}, nil
}
