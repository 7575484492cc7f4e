package social

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"sync"
	"time"

	"user-api/internal/address"
)

const (
	// accessEarly is how long before its expiry an access token is renewed: WeChat issues the next
	// one five minutes before and accepts both during that time.
	accessEarly = 4 * time.Minute
	accessMost  = 2 * time.Hour
)

// miniProgram calls WeChat as a mini program. It uses "stable" access tokens: requesting one does
// not invalidate those of other nodes.
type miniProgram struct {
	*client
	appID, secret, api string

	tokens sync.Mutex
	access string
	until  time.Time
}

// token returns an access token that is probably valid.
func (m *miniProgram) token(ctx context.Context) (string, error) {
	m.tokens.Lock()
	token, until := m.access, m.until
	m.tokens.Unlock()
	if token != "" && m.Now().Before(until) {
		return token, nil
	}
	// Not under the lock, so that a canceled request blocks nobody. Two concurrent requests are
	// harmless: both get the same token.
	return m.renew(ctx)
}

func (m *miniProgram) renew(ctx context.Context) (string, error) {
	var granted struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
		wechatError
	}
	now := m.Now()
	err := m.json(ctx, m.api+"/cgi-bin/stable_token", nil, map[string]string{
		"grant_type": "client_credential", "appid": m.appID, "secret": m.secret,
	}, &granted)
	if err != nil {
		return "", err
	}
	if granted.Code != 0 || granted.AccessToken == "" {
		return "", unavailable("WeChat returned no access token for the mini program: errcode " + strconv.Itoa(granted.Code))
	}
	life := min(time.Duration(granted.ExpiresIn)*time.Second, accessMost)
	m.tokens.Lock()
	defer m.tokens.Unlock()
	m.access, m.until = granted.AccessToken, now.Add(life-accessEarly)
	return granted.AccessToken, nil
}

// phone returns the number for a code of the phone button. WeChat refuses the code of a user with
// another open id.
func (m *miniProgram) phone(ctx context.Context, code, openID string) (address.Address, error) {
	token, err := m.token(ctx)
	if err != nil {
		return address.Address{}, err
	}
	number, err := m.askPhone(ctx, token, code, openID)
	if !errors.Is(err, errWeChatAccess) {
		return number, err
	}
	// WeChat checks the token before the code, so the code is still valid.
	if token, err = m.renew(ctx); err != nil {
		return address.Address{}, err
	}
	if number, err = m.askPhone(ctx, token, code, openID); errors.Is(err, errWeChatAccess) {
		err = unavailable("WeChat refuses the access token that it has just issued")
	}
	return number, err
}

func (m *miniProgram) askPhone(ctx context.Context, token, code, openID string) (address.Address, error) {
	var info phoneInfo
	err := m.json(ctx, m.api+"/wxa/business/getuserphonenumber", url.Values{"access_token": {token}}, map[string]string{
		"code": code, "openid": openID,
	}, &info)
	if err != nil {
		return address.Address{}, err
	}
	if err := info.failure(); err != nil {
		return address.Address{}, err
	}
	return info.address(m.appID)
}
