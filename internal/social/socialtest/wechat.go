package socialtest

import (
	"encoding/json"
	"net/http"
	"testing"
)

type (
	// WeChat is WeChat's open platform with a website and a mini program that share union ids. It
	// answers every request with status 200 and reports errors by errcode.
	WeChat struct {
		Server
		AppID, Secret         string
		MiniAppID, MiniSecret string

		people map[string]WeChatUser
		// access is the access token of the mini program, which the platform may revoke at any
		// time.
		access string
	}

	// WeChatUser is a user. Without a UnionID the apps do not belong to an open platform.
	WeChatUser struct{ UnionID, Phone, CountryCode string }
)

// NewWeChat starts a WeChat with users by name. The open id is derived from the name and the app.
func NewWeChat(t testing.TB, people map[string]WeChatUser) *WeChat {
	c := &WeChat{AppID: "wxweb", Secret: random(), MiniAppID: "wxmini", MiniSecret: random(), people: people}
	c.Page = "https://open.weixin.qq.com"
	c.serve(t, map[string]http.HandlerFunc{
		"GET /connect/qrconnect":                c.page("appid"),
		"GET /sns/oauth2/access_token":          c.oauth,
		"GET /sns/jscode2session":               c.session,
		"POST /cgi-bin/stable_token":            c.stableToken,
		"POST /wxa/business/getuserphonenumber": c.phone,
	})
	return c
}

// EndAccess revokes the access token of the mini program.
func (c *WeChat) EndAccess() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.access = random()
}

// fail writes an error as WeChat does.
func fail(w http.ResponseWriter, errcode int, errmsg string) {
	answer(w, http.StatusOK, Claims{"errcode": errcode, "errmsg": errmsg + " rid: 623ea70a-74b9b592-3e3d489a"})
}

func (c *WeChat) oauth(w http.ResponseWriter, r *http.Request) {
	c.redeem(w, r, c.AppID, c.Secret, "code", Claims{
		"access_token": random(), "expires_in": 7200, "refresh_token": random(), "scope": "snsapi_login",
	})
}

func (c *WeChat) session(w http.ResponseWriter, r *http.Request) {
	c.redeem(w, r, c.MiniAppID, c.MiniSecret, "js_code", Claims{"session_key": random()})
}

// redeem exchanges a code of an app for body and the ids of the user.
func (c *WeChat) redeem(w http.ResponseWriter, r *http.Request, app, secret, parameter string, body Claims) {
	q := r.URL.Query()
	if q.Get("appid") != app {
		fail(w, 40013, "invalid appid")
		return
	}
	if q.Get("secret") != secret {
		fail(w, 40125, "invalid appsecret")
		return
	}
	c.mu.Lock()
	given, known := c.codes[q.Get(parameter)]
	delete(c.codes, q.Get(parameter))
	c.mu.Unlock()
	if !known || given.client != app || q.Get("grant_type") != "authorization_code" {
		fail(w, 40029, "invalid code")
		return
	}
	body["openid"] = openID(given.person, app)
	if union := c.people[given.person].UnionID; union != "" {
		body["unionid"] = union
	}
	answer(w, http.StatusOK, body)
}

func openID(person, app string) string { return person + "-in-" + app }

func (c *WeChat) stableToken(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
	}
	if json.NewDecoder(r.Body).Decode(&asked) != nil || asked.GrantType != "client_credential" {
		fail(w, 40002, "invalid grant_type")
		return
	}
	if asked.AppID != c.MiniAppID || asked.Secret != c.MiniSecret {
		fail(w, 40125, "invalid appsecret")
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.access == "" {
		c.access = random()
	}
	answer(w, http.StatusOK, Claims{"access_token": c.access, "expires_in": 7200})
}

// PhoneCode returns the code of the phone button for a user.
func (c *WeChat) PhoneCode(person string) string {
	return c.give(code{client: "phone of " + c.MiniAppID, person: person})
}

func (c *WeChat) phone(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Code, OpenID string }
	bad := json.NewDecoder(r.Body).Decode(&asked) != nil
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.URL.Query().Get("access_token") != c.access || c.access == "" {
		fail(w, 40001, "invalid credential, access_token is invalid or not latest")
		return
	}
	given, known := c.codes[asked.Code]
	delete(c.codes, asked.Code)
	if bad || !known || given.client != "phone of "+c.MiniAppID || asked.OpenID != "" && asked.OpenID != openID(given.person, c.MiniAppID) {
		fail(w, 40029, "invalid code")
		return
	}
	p := c.people[given.person]
	answer(w, http.StatusOK, Claims{"errcode": 0, "errmsg": "ok", "phone_info": Claims{
		"phoneNumber": "+" + p.CountryCode + p.Phone, "purePhoneNumber": p.Phone, "countryCode": p.CountryCode,
		"watermark": Claims{"timestamp": 1637744274, "appid": c.MiniAppID},
	}})
}
