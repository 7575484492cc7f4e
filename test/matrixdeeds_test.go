package test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"user-api/internal/delivery/twiliotest"
	"user-api/test/kit"
)

// deeds lists the routes in the order of user.api, each in every way that uses the stores
// differently.
var deeds = append([]deed{
	{"POST /user/otp", "", func(m *matrix) attempt { return m.asking(m.phone(), object{}, "") }},
	{"POST /user/otp", "to reset a password", func(m *matrix) attempt {
		who := m.member()
		return m.asking(who.phone, object{"purpose": "reset"}, "")
	}},
	{"POST /user/otp", "again, by `otpId`", func(m *matrix) attempt {
		to := m.phone()
		id, code := m.AskCode(to)
		return attempt{Request: post("/user/otp", object{"otpId": id}), effect: func(kit.Response) error {
			if codes := m.Inbox(to, 2); codes[0] != code {
				return fmt.Errorf("the second message has another code")
			}
			return m.wants(post("/user/login", object{"otpId": id, "otp": code}), 200)
		}}
	}},
	{"POST /user/otp", "with an `Idempotency-Key`", func(m *matrix) attempt { return m.asking(m.phone(), object{}, m.key()) }},
	{"GET /user/otp/:otpId", "", func(m *matrix) attempt {
		id, _ := m.AskCode(m.phone())
		return attempt{Request: get("/user/otp/"+id, "")}
	}},
	{"POST /user/login", "by code, a new user", func(m *matrix) attempt {
		id, code := m.AskCode(m.phone())
		return m.signingIn(object{"otpId": id, "otp": code}, "")
	}},
	{"POST /user/login", "by code", func(m *matrix) attempt {
		who := m.member()
		id, code := m.AskCode(who.phone)
		return m.signingIn(object{"otpId": id, "otp": code}, "")
	}},
	{"POST /user/login", "by code, with an `Idempotency-Key`", func(m *matrix) attempt {
		id, code := m.AskCode(m.phone())
		return m.signingIn(object{"otpId": id, "otp": code}, m.key())
	}},
	{"POST /user/login", "by password", func(m *matrix) attempt {
		return m.signingIn(object{"username": m.named().name, "password": passOne}, "")
	}},
	{"POST /user/register", "", func(m *matrix) attempt { return m.registering("") }},
	{"POST /user/register", "with an `Idempotency-Key`", func(m *matrix) attempt { return m.registering(m.key()) }},
	{"POST /user/anonymous", "", func(m *matrix) attempt { return m.beginning("") }},
	{"POST /user/anonymous", "with an `Idempotency-Key`", func(m *matrix) attempt { return m.beginning(m.key()) }},
	{"POST /user/password/reset", "", func(m *matrix) attempt {
		who := m.member()
		id, code := m.codeBy("/user/otp", "", who.phone, object{"phone": who.phone, "purpose": "reset"})
		return attempt{
			Request: post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passTwo}),
			ends:    []string{who.Access},
			effect: func(kit.Response) error {
				return m.all(m.wants(post("/user/login", object{"phone": who.phone, "password": passTwo}), 200),
					m.wants(refreshing(who.Refresh), 401), m.noticed(who.phone))
			},
		}
	}},
	{"POST /user/refresh", "", func(m *matrix) attempt {
		who := m.member()
		return attempt{Request: refreshing(who.Refresh), effect: func(r kit.Response) error {
			return m.all(m.wants(get("/user/check", r.Tokens().Access), 200), m.wants(refreshing(r.Tokens().Refresh), 200))
		}}
	}},
	{"POST /user/logout", "by access token", func(m *matrix) attempt {
		who := m.member()
		return m.leaving(who, kit.Request{Method: "POST", Path: "/user/logout", Bearer: who.Access})
	}},
	{"POST /user/logout", "by refresh token", func(m *matrix) attempt {
		who := m.member()
		return m.leaving(who, post("/user/logout", object{"refreshToken": who.Refresh}))
	}},
	{"GET /webhook/:provider/status", "", func(m *matrix) attempt {
		return attempt{Request: get("/webhook/meta/status?hub.mode=subscribe&hub.challenge=1&hub.verify_token="+metaToken, "")}
	}},
	{"POST /webhook/:provider/status", "", func(m *matrix) attempt {
		to := fmt.Sprintf("+4474001%05d", m.n.Add(1))
		ask := m.Do(post("/user/otp", object{"phone": to}))
		ask.Want(m.t, http.StatusOK, "")
		m.Await("the request to Twilio", func() bool { return m.callback(to) != "" })
		target, err := url.Parse(m.callback(to))
		if err != nil {
			m.t.Fatal(err)
		}
		form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"undelivered"}, "ErrorCode": {"30003"}}
		return attempt{
			Request: kit.Request{Method: "POST", Path: target.RequestURI(), Body: form.Encode(), Header: map[string]string{
				"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": twiliotest.Sign(twilioToken, target.String(), form),
			}},
			effect: func(kit.Response) error {
				if got := m.Get("/user/otp/"+ask.Text("otpId"), ""); got.Text("status") != "failed" {
					return fmt.Errorf("the message has the status %s", got.Body)
				}
				return nil
			},
		}
	}},
	{"GET /.well-known/jwks.json", "", func(m *matrix) attempt { return attempt{Request: get("/.well-known/jwks.json", "")} }},
	{"GET /.well-known/oauth-authorization-server", "", func(m *matrix) attempt {
		return attempt{Request: get("/.well-known/oauth-authorization-server", "")}
	}},
	{"GET /.well-known/openid-configuration", "", func(m *matrix) attempt {
		return attempt{Request: get("/.well-known/openid-configuration", "")}
	}},
	{"GET /healthz", "", func(m *matrix) attempt { return attempt{Request: get("/healthz", "")} }},
	{"GET /readyz", "", func(m *matrix) attempt { return attempt{Request: get("/readyz", "")} }}, // degraded still counts as ready
	{"GET /dev/inbox", "", func(m *matrix) attempt { return attempt{Request: get("/dev/inbox", "")} }},
}, slices.Concat(accountDeeds, totpDeeds, mfaDeeds, linkDeeds, socialDeeds, passkeyDeeds, pageDeeds, documentDeeds)...)

// person is a user who has signed in.
type person struct {
	kit.Tokens
	phone, name string
}

func get(path, bearer string) kit.Request {
	return kit.Request{Method: http.MethodGet, Path: path, Bearer: bearer}
}

func post(path string, body object) kit.Request {
	return kit.Request{Method: http.MethodPost, Path: path, Body: body}
}

func refreshing(token string) kit.Request {
	return post("/user/refresh", object{"refreshToken": token})
}

func withKey(r kit.Request, key string) kit.Request {
	if key != "" {
		r.Header = map[string]string{"Idempotency-Key": key}
	}
	return r
}

// key returns an Idempotency-Key.
func (m *matrix) key() string { return fmt.Sprintf("matrix-key-%016d", m.n.Add(1)) }

// member returns a user who signed in by phone a minute ago, so that the next code can be
// requested.
func (m *matrix) member() person {
	select {
	case who := <-m.members:
		return who
	default:
		who, ok := m.join()
		if !ok {
			m.t.Error("another member could not sign in")
		}
		return who
	}
}

// named registers an account with a password and signs it in.
func (m *matrix) named() person {
	who := person{name: m.name()}
	body := object{"username": who.name, "password": passOne}
	made := m.succeeds(post("/user/register", body))
	who.Tokens = m.succeeds(post("/user/login", body)).Tokens()
	who.UserID = made.Number("id")
	return who
}

// succeeds prepares something with a request, which may have to wait for many concurrent
// hashes.
func (m *matrix) succeeds(r kit.Request) kit.Response {
	answer, err := m.mended(r)
	if err != nil || answer.Status/100 != 2 {
		m.t.Fatalf("%s answers %d %s, %v", r.Path, answer.Status, answer.Body, err)
	}
	return answer
}

// asking requests a code; the effect is that it arrives and works.
func (m *matrix) asking(to string, more object, key string) attempt {
	more["phone"] = to
	before := len(m.Inbox(to, 0))
	return attempt{Request: withKey(post("/user/otp", more), key), effect: func(r kit.Response) error {
		code := m.Inbox(to, before+1)[0]
		if more["purpose"] == "reset" {
			return m.wants(post("/user/password/reset", object{"otpId": r.Text("otpId"), "otp": code, "newPassword": passOne}), 204)
		}
		return m.wants(post("/user/login", object{"otpId": r.Text("otpId"), "otp": code}), 200)
	}}
}

func (m *matrix) signingIn(body object, key string) attempt {
	return attempt{Request: withKey(post("/user/login", body), key), effect: func(r kit.Response) error {
		if _, byCode := body["otpId"]; byCode {
			if err := m.wants(post("/user/login", body), 401); err != nil {
				return fmt.Errorf("the code a second time: %w", err)
			}
		}
		return m.all(m.wants(get("/user/info", r.Tokens().Access), 200), m.wants(refreshing(r.Tokens().Refresh), 200))
	}}
}

func (m *matrix) registering(key string) attempt {
	body := object{"username": m.name(), "password": passOne}
	return attempt{Request: withKey(post("/user/register", body), key), effect: func(kit.Response) error {
		return m.wants(post("/user/login", body), 200)
	}}
}

func (m *matrix) beginning(key string) attempt {
	return attempt{Request: withKey(post("/user/anonymous", object{}), key), effect: func(r kit.Response) error {
		return m.all(m.wants(get("/user/info", r.Tokens().Access), 200), m.wants(refreshing(r.Tokens().Refresh), 200))
	}}
}

func (m *matrix) leaving(who person, r kit.Request) attempt {
	return attempt{Request: r, ends: []string{who.Access}, effect: func(kit.Response) error {
		return m.wants(refreshing(who.Refresh), 401)
	}}
}

// codeBy requests a code and waits for it.
func (m *matrix) codeBy(path, bearer, to string, body object) (id, code string) {
	return codeBy(m.t, m.App, path, bearer, to, body)
}

// bound binds an e-mail address.
func (m *matrix) bound(who person) (mail string) {
	mail = m.mail()
	bindAddress(m.t, m.App, who.Tokens, byEmail, mail)
	return mail
}

// mended repeats a request after the fault until the answer is neither 503 nor one of the
// given ones.
func (m *matrix) mended(r kit.Request, besides ...int) (answer kit.Response, err error) {
	passing := append(besides, http.StatusServiceUnavailable)
	for begin := time.Now(); time.Since(begin) < kit.Busy(mendTime); time.Sleep(50 * time.Millisecond) {
		if answer, err = m.TryDo(r); err != nil || !slices.Contains(passing, answer.Status) {
			break
		}
	}
	return answer, err
}

// wants sends a request after the fault, and fails unless the answer has the status.
func (m *matrix) wants(r kit.Request, status int) error {
	answer, err := m.mended(r)
	if err == nil && answer.Status != status {
		err = fmt.Errorf("%s %s answers %d %s, want %d", r.Method, r.Path, answer.Status, answer.Body, status)
	}
	return err
}

// all returns the first error.
func (m *matrix) all(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// noticed waits for a notice to an address.
func (m *matrix) noticed(to string) error {
	m.Await("a notice to "+to, func() bool {
		for _, message := range messagesTo(m.App, to) {
			if message["otp"] == "" {
				return true
			}
		}
		return false
	})
	return nil
}

// callback returns the callback URL for a message to a number, or "".
func (m *matrix) callback(to string) string {
	for _, r := range m.twilio.Requests() {
		if r.Form.Get("To") == to {
			return r.Form.Get("StatusCallback")
		}
	}
	return ""
}
