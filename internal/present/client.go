package present

import (
	"user-api/internal/invite"
	"user-api/internal/oauth"
	"user-api/internal/types"
)

// OAuthToken converts the answer of the token endpoint.
func OAuthToken(a oauth.Answer, err error) (*types.OAuthTokenResp, error) {
	if err != nil {
		return nil, err
	}
	return &types.OAuthTokenResp{
		AccessToken: a.AccessToken, TokenType: "Bearer", ExpiresIn: seconds(a.Life), RefreshToken: a.RefreshToken, Scope: a.Scope,
	}, nil
}

// Invite converts an invite.
func Invite(i invite.Invite, err error) (*types.InviteResp, error) {
	if err != nil {
		return nil, err
	}
	return &types.InviteResp{Invite: i.Code, ExpiresAt: i.Expires.Unix()}, nil
}
