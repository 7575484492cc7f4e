package test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"user-api/internal/avatar/avatartest"
	"user-api/test/kit"
)

// accountDeeds are those of signed-in users and of administrators.
var accountDeeds = []deed{
	{"GET /user/info", "", reading("/user/info")},
	{"GET /user/check", "", reading("/user/check")},
	{"PUT /user/avatar", "", func(m *matrix) attempt {
		who := m.member()
		return attempt{Request: uploading(who.Access, avatartest.Turned(1)), effect: func(kit.Response) error { return m.pictured(who, true) }}
	}},
	{"DELETE /user/avatar", "", func(m *matrix) attempt {
		who := m.member()
		m.succeeds(uploading(who.Access, avatartest.Turned(1)))
		return attempt{Request: bearing(who, "DELETE", "/user/avatar", nil), effect: func(kit.Response) error { return m.pictured(who, false) }}
	}},
	{"GET /user/avatar/:id", "", func(m *matrix) attempt {
		who := m.member()
		m.succeeds(uploading(who.Access, avatartest.Turned(1)))
		return attempt{Request: get(avatarOf(m.App, who.Access), "")}
	}},
	{"DELETE /user/phone", "", func(m *matrix) attempt {
		who := m.member()
		m.bound(who)
		return attempt{Request: bearing(who, "DELETE", "/user/phone", nil), effect: func(r kit.Response) error {
			return m.all(m.shows(who, who.phone, false), m.noticed(who.phone))
		}}
	}},
	{"DELETE /user/email", "", func(m *matrix) attempt {
		who := m.member()
		mail := m.bound(who)
		return attempt{Request: bearing(who, "DELETE", "/user/email", nil), effect: func(r kit.Response) error {
			return m.all(m.shows(who, mail, false), m.noticed(who.phone))
		}}
	}},
	{"PATCH /user/info", "", func(m *matrix) attempt {
		who, name := m.member(), m.name()
		return attempt{Request: bearing(who, "PATCH", "/user/info", object{"username": name}), effect: func(kit.Response) error {
			return m.shows(who, name, true)
		}}
	}},
	{"PATCH /user/info", "the profile", func(m *matrix) attempt {
		who, name := m.member(), m.name()
		body := object{"displayName": name, "locale": "de", "metadata": object{"a": name}}
		return attempt{Request: bearing(who, "PATCH", "/user/info", body), effect: func(kit.Response) error {
			return m.all(m.shows(who, name, true), m.shows(who, `"metadata":{"a":"`+name+`"}`, true))
		}}
	}},
	{"POST /user/password", "", func(m *matrix) attempt {
		who := m.named()
		other := m.succeeds(post("/user/login", object{"username": who.name, "password": passOne})).Tokens()
		return attempt{
			Request: bearing(who, "POST", "/user/password", object{"oldPassword": passOne, "newPassword": passTwo}), ends: []string{other.Access},
			effect: func(kit.Response) error {
				return m.all(m.wants(post("/user/login", object{"username": who.name, "password": passOne}), 401),
					m.wants(post("/user/login", object{"username": who.name, "password": passTwo}), 200),
					m.wants(get("/user/check", who.Access), 200), m.wants(refreshing(other.Refresh), 401))
			},
		}
	}},
	{"GET /user/export", "", reading("/user/export")},
	{"DELETE /user", "by password", func(m *matrix) attempt {
		who := m.named()
		return attempt{Request: bearing(who, "DELETE", "/user", object{"password": passOne}), ends: []string{who.Access}, effect: func(kit.Response) error {
			return m.all(m.wants(refreshing(who.Refresh), 401), m.wants(post("/user/register", object{"username": who.name, "password": passTwo}), 200))
		}}
	}},
	{"DELETE /user", "by code", func(m *matrix) attempt {
		who := m.member()
		id, code := m.AskCode(who.phone)
		return attempt{Request: bearing(who, "DELETE", "/user", object{"otpId": id, "otp": code}), ends: []string{who.Access}, effect: func(kit.Response) error {
			if again := m.SignIn(who.phone); !again.IsNew {
				return fmt.Errorf("the number still has an account")
			}
			return nil
		}}
	}},
	{"POST /user/email/otp", "", func(m *matrix) attempt { return m.binding(m.member(), byEmail, m.mail()) }},
	{"POST /user/email/verify", "", func(m *matrix) attempt { return m.proving(m.member(), byEmail, m.mail()) }},
	{"POST /user/phone/otp", "", func(m *matrix) attempt { return m.binding(m.member(), byPhone, m.phone()) }},
	{"POST /user/phone/verify", "in place of another", func(m *matrix) attempt {
		who := m.member()
		other := m.other(who)
		x := m.proving(who, byPhone, m.phone())
		effect := x.effect
		x.ends = []string{other.Access}
		x.effect = func(r kit.Response) error { return m.all(effect(r), m.noticed(who.phone)) }
		return x
	}},
	{"GET /user/sessions", "", reading("/user/sessions")},
	{"GET /user/events", "", reading("/user/events")},
	{"GET /user/password", "", reading("/user/password")},
	{"DELETE /user/sessions/:id", "", func(m *matrix) attempt {
		who := m.member()
		other := m.other(who)
		return m.ending(who, "/user/sessions/"+sessionOf(m.App, other), other)
	}},
	{"DELETE /user/sessions", "but this one", func(m *matrix) attempt {
		who := m.member()
		return m.ending(who, "/user/sessions", m.other(who))
	}},
	{"DELETE /user/sessions", "all", func(m *matrix) attempt {
		who := m.member()
		x := m.ending(who, "/user/sessions?scope=all", m.other(who))
		x.ends = append(x.ends, who.Access)
		return x
	}},
	{"GET /admin/users", "", overseeing("/admin/users")},
	{"GET /admin/users/:id", "", func(m *matrix) attempt {
		return attempt{Request: get(fmt.Sprint("/admin/users/", idOf(m.App, m.member().Tokens)), m.admin.Access)}
	}},
	{"POST /admin/users/:id/ban", "", func(m *matrix) attempt {
		return m.governing("POST", "/ban", object{"reason": "spam"}, true, func(id string, who person) error {
			return m.wants(post("/user/login", object{"username": who.name, "password": passOne}), 401)
		})
	}},
	{"POST /admin/users/:id/unban", "", func(m *matrix) attempt {
		return m.governing("POST", "/unban", nil, false, func(id string, who person) error {
			return m.wants(post("/user/login", object{"username": who.name, "password": passOne}), 200)
		})
	}},
	{"PUT /admin/users/:id/role", "", func(m *matrix) attempt {
		return m.governing("PUT", "/role", object{"role": "admin"}, false, func(id string, who person) error {
			if got := m.Get("/user/check", who.Access).Text("role"); got != "admin" {
				return fmt.Errorf("check returns the role %q", got)
			}
			return m.wants(get("/admin/users/"+id, who.Access), 200)
		})
	}},
	{"PATCH /admin/users/:id/metadata", "", func(m *matrix) attempt {
		return m.governing("PATCH", "/metadata", object{"appMetadata": object{"plan": "pro"}}, false, func(id string, who person) error {
			answer := m.Get("/admin/users/"+id, m.admin.Access)
			if docs, _ := answer.JSON["appMetadata"].(object); docs["plan"] != "pro" {
				return fmt.Errorf("the user gets %s", answer.Body)
			}
			return nil
		})
	}},
	{"DELETE /admin/users/:id", "", func(m *matrix) attempt {
		return m.governing("DELETE", "", nil, true, func(id string, _ person) error {
			return m.wants(get("/admin/users/"+id, m.admin.Access), 404)
		})
	}},
	{"DELETE /admin/users/:id/sessions", "", func(m *matrix) attempt {
		return m.governing("DELETE", "/sessions", nil, true, func(_ string, who person) error {
			return m.wants(refreshing(who.Refresh), 401)
		})
	}},
	{"GET /admin/events", "", overseeing("/admin/events")},
	{"GET /admin/deliveries", "", overseeing("/admin/deliveries")},
	{"GET /admin/stats", "", overseeing("/admin/stats")},
	{"GET /admin/health", "", overseeing("/admin/health")},
	{"GET /admin/users", "by a machine", func(m *matrix) attempt {
		return attempt{Request: kit.Request{Method: http.MethodGet, Path: "/admin/users", Header: m.machine.Basic()}}
	}},
	{"GET /service/revocations", "", func(m *matrix) attempt {
		return attempt{Request: kit.Request{Method: http.MethodGet, Path: "/service/revocations", Header: m.machine.Basic()}, effect: func(r kit.Response) error {
			if age := r.Number("age"); age > 5000 {
				return fmt.Errorf("the answer is %d ms old", age)
			}
			return nil
		}}
	}},
	{"POST /admin/invites", "", func(m *matrix) attempt {
		return attempt{Request: bearing(person{Tokens: m.admin}, "POST", "/admin/invites", object{"expiresIn": 60})}
	}},
	{"GET /oauth/authorize", "", func(m *matrix) attempt {
		return attempt{Request: get("/oauth/authorize?"+m.shop.asks(nil), "")}
	}},
	{"POST /oauth/authorize", "", func(m *matrix) attempt {
		who := m.member()
		request := kit.Request{Method: "POST", Path: "/oauth/authorize", Bearer: who.Access, Body: object{"query": m.shop.asks(nil)}}
		return attempt{Request: request, ends: []string{who.Access}, effect: func(r kit.Response) error {
			if !strings.Contains(r.Text("location"), "code=") {
				return fmt.Errorf("there is no code in %s", r.Body)
			}
			return nil
		}}
	}},
	{"POST /oauth/token", "for a refresh token", func(m *matrix) attempt {
		tokens := m.shop.tokens(m.shop.form(m.shop.code(m.member().Access)))
		if tokens.Status != http.StatusOK {
			m.t.Fatalf("the tokens: %d %s", tokens.Status, tokens.Body)
		}
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Text("refresh_token")}, "client_id": {m.shop.id}}
		return attempt{Request: kit.FormRequest("/oauth/token", form, nil), effect: func(r kit.Response) error {
			return m.wants(get("/user/check", r.Text("access_token")), 200)
		}}
	}},
	{"POST /oauth/token", "for a machine", func(m *matrix) attempt {
		form := url.Values{"grant_type": {"client_credentials"}}
		return attempt{Request: kit.FormRequest("/oauth/token", form, m.machine.Basic()), effect: func(r kit.Response) error {
			return m.wants(get("/admin/users", r.Text("access_token")), 200)
		}}
	}},
	{"POST /service/introspect", "", func(m *matrix) attempt {
		return attempt{Request: introspecting(m.gateway, m.member().Access), effect: func(r kit.Response) error {
			if r.JSON["active"] != true {
				return fmt.Errorf("an active token is described as %s", r.Body)
			}
			return nil
		}}
	}},
}

// pictured fails unless a person has a picture, or has none.
func (m *matrix) pictured(who person, has bool) error {
	path := avatarOf(m.App, who.Access)
	if (path != "") != has {
		return fmt.Errorf("the picture is at %q", path)
	}
	if !has {
		return nil
	}
	return m.wants(get(path, ""), http.StatusOK)
}

// reading reads a route of the user's own data.
func reading(path string) func(*matrix) attempt {
	return func(m *matrix) attempt {
		who := m.member()
		m.Get("/user/info", who.Access).Want(m.t, http.StatusOK, "") // as any client does first
		return attempt{Request: get(path, who.Access)}
	}
}

func overseeing(path string) func(*matrix) attempt {
	return func(m *matrix) attempt { return attempt{Request: get(path, m.admin.Access)} }
}

// bearing returns a request of a person.
func bearing(who person, method, path string, body object) kit.Request {
	r := kit.Request{Method: method, Path: path, Bearer: who.Access}
	if body != nil {
		r.Body = body
	}
	return r
}

// other returns a second session of a person with a phone.
func (m *matrix) other(who person) kit.Tokens {
	id, code := m.AskCode(who.phone)
	return m.succeeds(post("/user/login", object{"otpId": id, "otp": code})).Tokens()
}

// binding requests a code for a new address; the effect is that the code arrives and binds.
func (m *matrix) binding(who person, kind, address string) attempt {
	path, _ := bindRoutes(kind)
	return attempt{Request: bearing(who, "POST", path, object{kind: address}), effect: func(r kit.Response) error {
		code := m.Inbox(address, 1)[0]
		if resp := prove(m.App, who.Tokens, kind, r.Text("otpId"), code); resp.Status != http.StatusOK {
			return fmt.Errorf("the code answers %d %s", resp.Status, resp.Body)
		}
		return nil
	}}
}

// proving submits the code for a new address.
func (m *matrix) proving(who person, kind, address string) attempt {
	id, code := bindingCode(m.t, m.App, who.Tokens, kind, address)
	_, path := bindRoutes(kind)
	r := bearing(who, "POST", path, object{"otpId": id, "otp": code})
	return attempt{Request: r, effect: func(kit.Response) error { return m.all(m.shows(who, address, true), m.wants(r, 401)) }}
}

// ending ends another session of the user.
func (m *matrix) ending(who person, path string, other kit.Tokens) attempt {
	return attempt{Request: bearing(who, "DELETE", path, nil), ends: []string{other.Access}, effect: func(kit.Response) error {
		return m.wants(refreshing(other.Refresh), 401)
	}}
}

// governing changes a user as the administrator.
func (m *matrix) governing(method, path string, body object, ends bool, effect func(id string, who person) error) attempt {
	who := m.named()
	id := fmt.Sprint(who.UserID)
	x := attempt{
		Request: bearing(person{Tokens: m.admin}, method, "/admin/users/"+id+path, body),
		effect:  func(kit.Response) error { return effect(id, who) },
	}
	if path == "/unban" {
		m.succeeds(bearing(person{Tokens: m.admin}, "POST", "/admin/users/"+id+"/ban", object{"reason": "spam"}))
	}
	if ends {
		x.ends = []string{who.Access}
	}
	return x
}

// shows fails unless the user's data contain a text, or lack it.
func (m *matrix) shows(who person, text string, want bool) error {
	info, err := m.mended(get("/user/info", who.Access))
	if err == nil && (info.Status != http.StatusOK || bytes.Contains(info.Body, []byte(text)) != want) {
		err = fmt.Errorf("info is %d %s, that it contains %s should be %t", info.Status, info.Body, text, want)
	}
	return err
}
