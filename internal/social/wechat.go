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
	// wechatOpenID begins the subject of a person without a union id, so that it is nobody's
	// union id. The open id is one of an app alone.
	wechatOpenID = "openid:"
)

// Codes of errors, which come with status 200 as well. What is in neither list is a failure
// of WeChat, or of the configuration.
var (
	// wechatRefused are about the code, or the person: it is no code, was used, is missing,
	// has expired, or is of a person that WeChat does not let in.
	wechatRefused = []int{40029, 40163, 41008, 42003, 40226}
	// wechatAccess say that the access token is no longer good.
	wechatAccess = []int{40001, 40014, 42001}
)

// wechat signs people in on a website, by a code of WeChat's page, and in a mini program,
// by the code of wx.login. They are known by their union id, which is the same in all
// apps of one open platform.
type wechat struct {
	Options
	*client
	// mini is nil where no mini program is configured.
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

// wechatIDs are what every exchange of a code answers.
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
	return unavailable("WeChat answers with errcode " + strconv.Itoa(e.Code))
}

func (p *wechat) AuthURL(_ context.Context, b Begin) (string, error) {
	if p.ClientID == "" {
		return "", ErrUnsupported
	}
	// WeChat knows neither nonce nor PKCE: its codes are exchanged with the secret alone, and
	// the state binds them to the browser.
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

// Redeem signs a person of the mini program in by the code of wx.login and, if there is
// one, the code of its button for the number, which WeChat has proven.
func (p *wechat) Redeem(ctx context.Context, code, phoneCode string) (Identity, error) {
	if p.mini == nil {
		return Identity{}, ErrUnsupported
	}
	if phoneCode != "" {
		// It may fail, and the codes are used up by asking.
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
		return Identity{}, refused("WeChat gives no union id: the app is bound to no open platform")
	}
	return Identity{Subject: subject}, nil
}

// errWeChatAccess says that the access token of the mini program is to be asked for again.
var errWeChatAccess = unavailable("WeChat takes the access token no longer")

// phoneInfo is what WeChat knows of a number. It writes the country code as a number or
// as a text.
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

// address is the number, of a person of the app.
func (i phoneInfo) address(app string) (address.Address, error) {
	if i.Info.Watermark.AppID != app {
		return address.Address{}, refused("the number is of another app")
	}
	country := string(i.Info.Country)
	if len(country) > 1 && country[0] == '"' {
		country = country[1 : len(country)-1]
	}
	number, err := address.ParsePhone("+"+country+i.Info.Pure, "")
	if err != nil {
		return address.Address{}, refused("the number is none that can be reached")
	}
	return number, nil
}
