package social

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"user-api/internal/address"
)

const (
	wechatOpen = "https://open.weixin.qq.com"
	wechatAPI  = "https://api.weixin.qq.com"
	// wechatOpenID prefixes the subject of a user without a union id, so that it cannot equal a
	// union id. An open id is specific to one app.
	wechatOpenID = "openid:"
)

// Error codes, which come with status 200. All others are failures of WeChat or of the
// configuration.
var (
	// wechatRefused concern the code or the user: the code is invalid, used, missing or expired, or
	// WeChat blocks the user.
	wechatRefused = []int{40029, 40163, 41008, 42003, 40226}
	// wechatAccess mean that the access token is no longer valid.
	wechatAccess = []int{40001, 40014, 42001}
)

// wechat signs in users of a website, by a code of WeChat's page, and of a mini program, by the
// code of wx.login. They are identified by their union id, which is the same in all apps of one
// open platform.
type wechat struct {
	Options
	*client
	// mini is nil if no mini program is configured.
	mini *miniProgram
	api  string
}

var (
	_ Provider = (*wechat)(nil)
	_ Redeemer = (*wechat)(nil)
)

func newWeChat(o Options, c *client) (Provider, error) {
	p := &wechat{Options: o, client: c, api: cmp.Or(strings.TrimSuffix(o.BaseURL, "/"), wechatAPI)}
	if o.WeChat.MiniAppID != "" {
		p.mini = &miniProgram{client: c, appID: o.WeChat.MiniAppID, secret: o.WeChat.MiniSecret, api: p.api}
	}
	return p, nil
}

// wechatIDs is the answer to the exchange of a code.
type wechatIDs struct {
	OpenID  string `json:"openid"`
	UnionID string `json:"unionid"`
	wechatError
}

type wechatError struct {
	Code int `json:"errcode"`
}

func (e wechatError) failure() error {
	switch {
	case e.Code == 0:
		return nil
	case slices.Contains(wechatRefused, e.Code):
		return refused("WeChat refuses the code")
	case slices.Contains(wechatAccess, e.Code):
		return errWeChatAccess
	}
	return unavailable("WeChat answered with errcode " + strconv.Itoa(e.Code))
}

func (p *wechat) AuthURL(_ context.Context, b Begin) (string, error) {
	if p.ClientID == "" {
		return "", ErrUnsupported
	}
	// WeChat supports neither nonce nor PKCE. Its codes are exchanged only with the secret, and the
	// state binds them to the browser.
	address, err := withQuery(wechatOpen+"/connect/qrconnect", url.Values{
		"appid": {p.ClientID}, "redirect_uri": {b.RedirectURI}, "response_type": {"code"}, "scope": {"snsapi_login"}, "state": {b.State},
	})
	return address + "#wechat_redirect", err
}

func (p *wechat) Exchange(ctx context.Context, code, _, _, _ string) (Identity, error) {
	secret, err := p.Secret(p.Now())
	if err != nil {
		return Identity{}, err
	}
	var ids wechatIDs
	err = p.query(ctx, p.api+"/sns/oauth2/access_token", url.Values{
		"appid": {p.ClientID}, "secret": {secret}, "code": {code}, "grant_type": {"authorization_code"},
	}, "", &ids)
	if err != nil {
		return Identity{}, err
	}
	return p.identity(ids, p.ClientID)
}

// Verify fails: WeChat has no id_tokens.
func (p *wechat) Verify(context.Context, string, string) (Identity, error) {
	return Identity{}, ErrUnsupported
}

// Redeem returns the user of the mini program for the code of wx.login and, unless it is empty, the
// phone number for the code of its phone button, which WeChat has verified.
func (p *wechat) Redeem(ctx context.Context, code, phoneCode string) (Identity, error) {
	if p.mini == nil {
		return Identity{}, ErrUnsupported
	}
	if phoneCode != "" {
		// Get the token first: it may fail, and asking uses up the codes.
		if _, err := p.mini.token(ctx); err != nil {
			return Identity{}, err
		}
	}
	var ids wechatIDs
	err := p.query(ctx, p.api+"/sns/jscode2session", url.Values{
		"appid": {p.mini.appID}, "secret": {p.mini.secret}, "js_code": {code}, "grant_type": {"authorization_code"},
	}, "", &ids)
	if err != nil {
		return Identity{}, err
	}
	who, err := p.identity(ids, p.mini.appID)
	if err != nil || phoneCode == "" {
		return who, err
	}
	who.Phone, err = p.mini.phone(ctx, phoneCode, ids.OpenID)
	who.PhoneProven = err == nil
	return who, err
}

func (p *wechat) identity(ids wechatIDs, app string) (Identity, error) {
	if err := ids.failure(); err != nil {
		return Identity{}, err
	}
	subject := ids.UnionID
	if subject == "" && p.WeChat.OpenIDs && ids.OpenID != "" {
		subject = wechatOpenID + app + ":" + ids.OpenID
	}
	if !validSubject(subject) {
		return Identity{}, refused("WeChat returned no union id: the app does not belong to an open platform")
	}
	return Identity{Subject: subject}, nil
}

// errWeChatAccess means that the access token of the mini program must be renewed.
var errWeChatAccess = unavailable("WeChat no longer accepts the access token")

// phoneInfo is WeChat's description of a number. Its country code is a number or a string.
type phoneInfo struct {
	wechatError
	Info struct {
		Pure      string          `json:"purePhoneNumber"`
		Country   json.RawMessage `json:"countryCode"`
		Watermark struct {
			AppID string `json:"appid"`
		} `json:"watermark"`
	} `json:"phone_info"`
}

// address returns the number if it was issued to the app.
func (i phoneInfo) address(app string) (address.Address, error) {
	if i.Info.Watermark.AppID != app {
		return address.Address{}, refused("the number was issued to another app")
	}
	country := string(i.Info.Country)
	if len(country) > 1 && country[0] == '"' {
		country = country[1 : len(country)-1]
	}
	number, err := address.ParsePhone("+"+country+i.Info.Pure, "")
	if err != nil {
		return address.Address{}, refused("the number is invalid")
	}
	return number, nil
}
