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
	// accessEarly is how long before its end an access token is asked for anew: WeChat gives
	// the next one out five minutes before, and takes both for that time.
	accessEarly = 4 * time.Minute
	accessMost  = 2 * time.Hour
)

// miniProgram asks WeChat as a mini program. The access token that this takes is the
// "stable" one: asking for it makes no other node's void.
type miniProgram struct {
	*client
	appID, secret, api string

	tokens sync.Mutex
	access string
	until  time.Time
}

// token is an access token that WeChat is likely to take.
func (m *miniProgram) token(ctx context.Context) (string, error) {
	m.tokens.Lock()
	token, until := m.access, m.until
	m.tokens.Unlock()
	if token != "" && m.Now().Before(until) {
		return token, nil
	}
	// Not under the lock: whose request is cancelled must hold nobody up. That two ask at
	// once does no harm, as both are given the same one.
	return m.renew(ctx)
}

func (m *miniProgram) renew(ctx context.Context) (string, error) {
	var granted struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
		wechatError
	}
	asked := m.Now()
	err := m.json(ctx, m.api+"/cgi-bin/stable_token", nil, map[string]string{
		"grant_type": "client_credential", "appid": m.appID, "secret": m.secret,
	}, &granted)
	if err != nil {
		return "", err
	}
	if granted.Code != 0 || granted.AccessToken == "" {
		return "", unavailable("WeChat gives the mini program no access token: errcode " + strconv.Itoa(granted.Code))
	}
	life := min(time.Duration(granted.ExpiresIn)*time.Second, accessMost)
	m.tokens.Lock()
	defer m.tokens.Unlock()
	m.access, m.until = granted.AccessToken, asked.Add(life-accessEarly)
	return granted.AccessToken, nil
}

// phone is the number that a code of the button stands for. WeChat refuses the code of
// another person than the open id's.
func (m *miniProgram) phone(ctx context.Context, code, openID string) (address.Address, error) {
	token, err := m.token(ctx)
	if err != nil {
		return address.Address{}, err
	}
	number, err := m.askPhone(ctx, token, code, openID)
	if !errors.Is(err, errWeChatAccess) {
		return number, err
	}
	// The token was looked at before the code, which is still good.
	if token, err = m.renew(ctx); err != nil {
		return address.Address{}, err
	}
	if number, err = m.askPhone(ctx, token, code, openID); errors.Is(err, errWeChatAccess) {
		err = unavailable("WeChat does not take the access token that it has just given")
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
