package test

import (
	"encoding/base64"
	"net/url"
	"testing"

	"user-api/internal/client"
	"user-api/test/kit"
)

// The requests that gateways send, byte by byte from their sources or manuals: see
// docs/introspection.md, whose configurations produce them.
func TestIntrospect_gateways(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m, user := app.Machine("gateway", client.Introspect), app.SignIn(phone)
		basic := func(id, secret string) string {
			return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
		}
		raw := basic(m.ID, m.Secret)
		encoded := basic(url.QueryEscape(m.ID), url.QueryEscape(m.Secret))
		// A client that encodes more than necessary.
		percent := func(text string) (all string) {
			for _, c := range []byte(text) {
				all += "%" + string("0123456789abcdef"[c>>4]) + string("0123456789ABCDEF"[c&15])
			}
			return all
		}
		const form = "application/x-www-form-urlencoded"
		for name, r := range map[string]struct {
			header map[string]string
			before string
			after  string
		}{
			// lua-resty-openidc repeats id and secret in the form, in the arbitrary order
			// of a Lua table.
			"APISIX": {map[string]string{"Authorization": encoded, "Content-Type": form, "User-Agent": "lua-resty-http/0.17.1 (Lua) ngx_lua/10026"},
				"client_secret=" + m.Secret + "&client_id=" + m.ID + "&", ""},
			"APISIX, in another order": {map[string]string{"Authorization": encoded, "Content-Type": form}, "client_id=" + m.ID + "&", "&client_secret=" + m.Secret + "&token_type_hint=access_token"},
			"Kong, OpenID Connect":     {map[string]string{"Authorization": raw, "Content-Type": form, "Accept": "application/json"}, "", "&token_type_hint=access_token"},
			"Kong, asking for a JWT":   {map[string]string{"Authorization": raw, "Content-Type": form, "Accept": "application/token-introspection+jwt"}, "", "&token_type_hint=access_token"},
			"Kong, OAuth 2.0 Introspection": {map[string]string{"Authorization": raw, "Content-Type": form, "Accept": "application/json",
				"X-Request-Path": "/orders/7", "X-Request-Http-Method": "GET"}, "token_type_hint=access_token&", ""},
			"Spring, RestTemplate":  {map[string]string{"Authorization": raw, "Content-Type": form + ";charset=UTF-8", "Accept": "application/json", "User-Agent": "Java/21.0.2"}, "", ""},
			"Spring, WebClient":     {map[string]string{"Authorization": raw, "Content-Type": form + ";charset=utf-8", "Accept": "application/json", "User-Agent": "ReactorNetty/1.1.0", "Accept-Encoding": "gzip"}, "", ""},
			"encoded for no reason": {map[string]string{"Authorization": basic(percent(m.ID), percent(m.Secret)), "Content-Type": form, "Accept": "*/*"}, "", "&token_type_hint=urn%3aours"},
			"lower case":            {map[string]string{"authorization": "basic" + raw[len("Basic"):], "content-type": form}, "", "&token_type_hint="},
		} {
			for token, active := range map[string]bool{user.Access: true, user.Refresh: false} {
				resp := app.Do(kit.Request{Method: "POST", Path: "/service/introspect", Body: r.before + "token=" + token + r.after, Header: r.header})
				resp.Want(t, 200, "")
				if resp.JSON["active"] != active || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
					t.Errorf("%s: %v %s, want active to be %t", name, resp.Header, resp.Body, active)
				}
			}
		}
	})
}
