package social_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

var wechatPeople = map[string]socialtest.WeChatUser{
	"li":   {UnionID: "o6_bmasdasdsad6_2sgVt7hMZOPfL", Phone: "13812345678", CountryCode: "86"},
	"tan":  {UnionID: "o6_bmasdasdsad6_2sgVt7hMZOPfM", Phone: "91234567", CountryCode: "65"},
	"solo": {},
}

func newWeChat(t *testing.T, openIDs bool) (*socialtest.WeChat, site) {
	t.Helper()
	c := socialtest.NewWeChat(t, wechatPeople)
	return c, newSite(t, &c.Server, social.Options{
		Kind: social.KindWeChat, ClientID: c.AppID, Secret: secretOf(c.Secret), BaseURL: c.URL,
		WeChat: social.WeChat{MiniAppID: c.MiniAppID, MiniSecret: c.MiniSecret, OpenIDs: openIDs},
	})
}

func (r site) redeem(code, phoneCode string) (social.Identity, error) {
	return r.Provider.(social.Redeemer).Redeem(r.t.Context(), code, phoneCode)
}

// The website and the mini program identify a user by the same union id.
func TestWeChat(t *testing.T) {
	c, r := newWeChat(t, false)
	who, err := r.exchange(r.redirect("li"))
	r.is(who, err, wechatPeople["li"].UnionID, "", false)
	who, err = r.redeem(c.Code(c.MiniAppID, "li"), c.PhoneCode("li"))
	r.is(who, err, wechatPeople["li"].UnionID, "", false)
	if who.Phone.Canonical() != "+8613812345678" || !who.PhoneProven {
		t.Errorf("the number is %q, proven %t", who.Phone.Canonical(), who.PhoneProven)
	}
	who, err = r.redeem(c.Code(c.MiniAppID, "tan"), c.PhoneCode("tan"))
	if err != nil || who.Phone.Canonical() != "+6591234567" {
		t.Errorf("the number is %q: %v", who.Phone.Canonical(), err)
	}
	who, err = r.redeem(c.Code(c.MiniAppID, "tan"), "")
	if err != nil || who.PhoneProven || !who.Phone.IsZero() {
		t.Errorf("an unrequested number: %v, %v", who.Phone, err)
	}
}

func TestWeChat_refused(t *testing.T) {
	c, r := newWeChat(t, false)
	used := r.redirect("li")
	_, _ = r.exchange(used)
	r.fails("a used code", social.ErrRefused)(r.exchange(used))
	r.fails("an invalid code", social.ErrRefused)(r.exchange("none"))
	r.fails("no code", social.ErrRefused)(r.exchange(""))
	r.fails("a code of the mini program, on the website", social.ErrRefused)(r.exchange(c.Code(c.MiniAppID, "li")))
	r.fails("a code of the website, in the mini program", social.ErrRefused)(r.redeem(c.Code(c.AppID, "li"), ""))
	r.fails("a code of another app", social.ErrRefused)(r.exchange(c.Code("wxother", "li")))
	r.fails("somebody without a union id", social.ErrRefused)(r.exchange(r.redirect("solo")))
	r.fails("somebody else's number", social.ErrRefused)(r.redeem(c.Code(c.MiniAppID, "li"), c.PhoneCode("tan")))
	r.fails("an invalid code for a number", social.ErrRefused)(r.redeem(c.Code(c.MiniAppID, "li"), "none"))
	r.fails("an id_token", social.ErrUnsupported)(r.Verify(t.Context(), "a.b.c", "n"))
}

// The open id differs between apps and is never taken for a union id.
func TestWeChat_openIDs(t *testing.T) {
	c, r := newWeChat(t, true)
	web, err := r.exchange(r.redirect("solo"))
	if err != nil || !strings.HasPrefix(web.Subject, "openid:"+c.AppID+":") {
		t.Errorf("the website's subject is %q: %v", web.Subject, err)
	}
	mini, err := r.redeem(c.Code(c.MiniAppID, "solo"), "")
	if err != nil || mini.Subject == web.Subject {
		t.Errorf("the mini program's subject is %q: %v", mini.Subject, err)
	}
	who, err := r.exchange(r.redirect("li"))
	r.is(who, err, wechatPeople["li"].UnionID, "", false)
}

// The access token is requested once in two hours, and again after WeChat has revoked it.
func TestWeChat_accessToken(t *testing.T) {
	c, r := newWeChat(t, false)
	asked := func() (n int) {
		for _, path := range c.Asked() {
			if path == "/cgi-bin/stable_token" {
				n++
			}
		}
		return n
	}
	phone := func(want int) {
		t.Helper()
		if who, err := r.redeem(c.Code(c.MiniAppID, "li"), c.PhoneCode("li")); err != nil || !who.PhoneProven {
			t.Fatal(err)
		}
		if got := asked(); got != want {
			t.Errorf("%d requests, want %d", got, want)
		}
	}
	phone(1)
	phone(1)
	r.clock.advance(115 * time.Minute)
	phone(1)
	r.clock.advance(2 * time.Minute)
	phone(2)
	c.EndAccess()
	phone(3)
}

// WeChat takes secrets in the query and answers every request with status 200.
func TestWeChat_trouble(t *testing.T) {
	log := captureLog(t)
	for what, answer := range troubles {
		c, r := newWeChat(t, false)
		code := r.redirect("li")
		c.Trouble(answer)
		r.fails("a website, WeChat being "+what, social.ErrUnavailable)(r.exchange(code))
		r.fails("a mini program, WeChat being "+what, social.ErrUnavailable)(r.redeem(code, ""))
		r.fails("a number, WeChat being "+what, social.ErrUnavailable)(r.redeem(code, code))
		for _, secret := range []string{c.Secret, c.MiniSecret, code} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log contains a secret: %s", log)
			}
		}
	}
	for what, answer := range map[string]string{
		"busy": `{"errcode":-1,"errmsg":"system error"}`, "of another secret": `{"errcode":40125,"errmsg":"invalid appsecret"}`,
		"without a token": `{"errcode":40001,"errmsg":"invalid credential"}`, "of another type": `{"errcode":"40029"}`,
	} {
		c, r := newWeChat(t, false)
		code := r.redirect("li")
		c.Trouble(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) })
		r.fails("WeChat "+what, social.ErrUnavailable)(r.exchange(code))
	}
}

// The answer to a phone code is validated.
func TestWeChat_numbers(t *testing.T) {
	for what, info := range map[string]string{
		"another app's": `{"errcode":0,"phone_info":{"purePhoneNumber":"13812345678","countryCode":"86","watermark":{"appid":"wxother"}}}`,
		"nobody's":      `{"errcode":0,"phone_info":{"purePhoneNumber":"","countryCode":"86","watermark":{"appid":"wxmini"}}}`,
		"no number":     `{"errcode":0,"phone_info":{"purePhoneNumber":"13812345678","countryCode":{},"watermark":{"appid":"wxmini"}}}`,
		"no country's":  `{"errcode":0,"phone_info":{"purePhoneNumber":"13812345678","watermark":{"appid":"wxmini"}}}`,
		"nothing":       `{"errcode":0}`,
	} {
		c, r := newWeChat(t, false)
		code, phoneCode := c.Code(c.MiniAppID, "li"), c.PhoneCode("li")
		c.Trouble(func(w http.ResponseWriter, q *http.Request) {
			switch q.URL.Path {
			case "/cgi-bin/stable_token":
				_, _ = w.Write([]byte(`{"access_token":"t","expires_in":7200}`))
			case "/sns/jscode2session":
				_, _ = w.Write([]byte(`{"openid":"o","unionid":"u","session_key":"k"}`))
			default:
				_, _ = w.Write([]byte(info))
			}
		})
		r.fails("a number: "+what, social.ErrRefused)(r.redeem(code, phoneCode))
	}
}
