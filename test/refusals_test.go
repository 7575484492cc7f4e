package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/captcha"
	"user-api/internal/captcha/captchatest"
	"user-api/internal/config"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

const (
	// asks is the number of requests for each refusal.
	asks = 150

	noID     = "AAAAAAAAAAAAAAAAAAAAAAAA"
	noShape  = "x"
	formOnly = "the form is read, and nothing else is asked"
	cheap    = "costs what a good request does, and keeps nothing"
)

// refuses is one way in which a route refuses a client without earlier requests.
type refuses struct {
	way string
	// request returns the i-th request; for a protected route, with a session of the
	// client.
	request func(i int) kit.Request
	// code is the answer before the limit.
	code string
	// limit is the limit that stops the refusals; if there is none, free says why.
	limit, free string
	// hashes and rows are the maximum cost in password hashes and recorded rows; rows
	// applies if a single bucket allows more than one.
	hashes, rows int
}

func body(b object) func(int) kit.Request {
	return func(int) kit.Request { return kit.Request{Body: b} }
}

// tokenForm requests an access token for a machine.
func tokenForm(m kit.Machine, grant string) func(int) kit.Request {
	return func(int) kit.Request {
		return kit.FormRequest("/oauth/token", url.Values{"grant_type": {grant}}, m.Basic())
	}
}

// picture is the body sent as a picture.
func picture(data string) func(int) kit.Request {
	return func(int) kit.Request {
		return kit.Request{Body: data, Header: map[string]string{"Content-Type": "image/png"}}
	}
}

// refusals lists each way in which each route refuses. Each has its own client and session.
// id is that of a code, shop a public application.
func refusals(id string, shop oauthApp) map[string][]refuses {
	grant := func(params url.Values) func(int) kit.Request {
		params.Set("client_id", shop.id)
		return func(int) kit.Request { return kit.FormRequest("/oauth/token", params, nil) }
	}
	unknown := url.Values{"client_id": {noID}, "redirect_uri": {shop.redirect}}.Encode()
	code := func(id string) object { return object{"otpId": id, "otp": "123456"} }
	reset := func(id string) object { return object{"otpId": id, "otp": "123456", "newPassword": passOne} }
	taken := func(int) kit.Request { return kit.Request{Body: object{"username": "taken", "password": passOne}} }
	forbidden := []refuses{{way: "no administrator", request: body(object{"role": "admin", "reason": "r"}), code: "forbidden", limit: "refused"}}
	verify := []refuses{
		{way: "an unknown id", request: body(code(noID)), code: "otp_invalid", limit: "verify"},
		{way: "an id of another shape", request: body(code(noShape)), code: "otp_invalid", limit: "verify"},
		{way: "no code", request: body(object{"otpId": noID, "otp": "x"}), code: "invalid_request", free: formOnly},
	}
	factors := []refuses{{way: "a sign-in that is not recent", request: body(nil), code: "reauthentication_required", limit: "act", rows: 30}}
	ask := func(b object) []refuses {
		return []refuses{{way: "a sign-in that is not recent", request: body(b), code: "reauthentication_required", limit: "refused"}}
	}
	all := map[string][]refuses{
		"POST /user/otp": {
			{way: "no phone", request: body(object{"phone": "x"}), code: "invalid_phone", free: formOnly},
			{way: "a cooldown", request: body(object{"phone": number(900)}), limit: "cooldown"},
			{way: "numbers in turn", request: func(i int) kit.Request { return kit.Request{Body: object{"phone": number(100 + i)}} }, limit: "client"},
			{way: "an unknown id", request: body(object{"otpId": noID}), code: "not_found", limit: "lookup"},
			{way: "an id of another shape", request: body(object{"otpId": noShape}), code: "not_found", limit: "lookup"},
		},
		"GET /user/otp/:otpId": {
			{way: "an unknown id", request: func(int) kit.Request { return kit.Request{Path: "/user/otp/" + noID} }, code: "not_found", limit: "lookup"},
			{way: "an id of another shape", request: func(int) kit.Request { return kit.Request{Path: "/user/otp/" + noShape} }, code: "not_found", limit: "lookup"},
		},
		"POST /user/login": {
			{way: "nothing", request: body(object{}), code: "invalid_request", free: formOnly},
			{way: "an unknown id", request: body(code(noID)), code: "otp_invalid", limit: "verify"},
			{way: "an id of another shape", request: body(code(noShape)), code: "otp_invalid", limit: "verify"},
			{way: "a wrong code", request: body(code(id)), code: "otp_invalid", limit: "verify", rows: 5},
			{way: "a wrong password", request: body(object{"username": "taken", "password": passTwo}), code: "invalid_credentials", limit: "password", hashes: 10},
			{way: "an unknown name", request: body(object{"username": "nobody", "password": passTwo}), code: "invalid_credentials", limit: "password", hashes: 10},
			{way: "no name", request: body(object{"username": "!", "password": passTwo}), code: "invalid_credentials", limit: "password", hashes: 10},
			{way: "names in turn", request: func(i int) kit.Request {
				return kit.Request{Body: object{"username": fmt.Sprint("name", i), "password": passTwo}}
			}, code: "invalid_credentials", limit: "password", hashes: 100},
			{way: "addresses in turn", request: func(i int) kit.Request {
				return kit.Request{Body: object{"phone": number(100 + i), "password": passTwo}}
			}, code: "invalid_credentials", limit: "password", hashes: 100},
		},
		"POST /user/register": {
			{way: "no name", request: body(object{"username": "!", "password": passOne}), code: "invalid_username", free: formOnly},
			{way: "a weak password", request: body(object{"username": "somebody", "password": "password1"}), code: "weak_password", free: formOnly},
			{way: "a taken name", request: taken, code: "username_taken", limit: "register"},
		},
		"POST /user/anonymous": {
			{way: "no captcha's token", request: body(object{"captcha": strings.Repeat("x", 9000)}), code: "invalid_request", free: formOnly},
			{way: "one after the other", request: body(object{}), limit: "register", rows: 20},
		},
		"POST /user/password/reset": {
			{way: "a weak password", request: body(object{"otpId": noID, "otp": "123456", "newPassword": "password1"}), code: "weak_password", free: formOnly},
			{way: "an unknown id", request: body(reset(noID)), code: "otp_invalid", limit: "verify"},
			{way: "an id of another shape", request: body(reset(noShape)), code: "otp_invalid", limit: "verify"},
		},
		"POST /user/refresh": {
			{way: "no token", request: body(object{"refreshToken": "x"}), code: "refresh_invalid", limit: "refresh"},
			{way: "a session that has ended", request: func(int) kit.Request { return kit.Request{Body: object{"refreshToken": ended}} }, code: "session_ended", limit: "refresh"},
		},
		"POST /user/logout": {
			{way: "no token", request: body(object{}), code: "unauthorized", free: formOnly},
			{way: "another token", request: body(object{"refreshToken": "x"}), code: "refresh_invalid", free: "a signature is checked, and nothing is asked"},
			{way: "a session that has ended", request: func(int) kit.Request { return kit.Request{Body: object{"refreshToken": ended}} }, free: cheap},
		},
		"GET /user/info":  {},
		"GET /user/check": {},
		"PATCH /user/info": {
			{way: "a taken name", request: body(object{"username": "taken"}), code: "username_taken", limit: "rename"},
			{way: "no name", request: body(object{"username": "!"}), code: "invalid_username", free: formOnly},
			{way: "no display name", request: body(object{"displayName": "\u202e"}), code: "invalid_request", free: formOnly},
			{way: "too much metadata", request: body(object{"metadata": object{"a": strings.Repeat("a", 9000)}}), code: "invalid_request", free: formOnly},
			{way: "one after the other", request: body(object{"displayName": "Ann"}), limit: "act", rows: 30},
		},
		"POST /user/password": {
			{way: "a weak password", request: body(object{"oldPassword": passOne, "newPassword": "password1"}), code: "weak_password", free: formOnly},
			{way: "a wrong password", request: body(object{"oldPassword": passTwo, "newPassword": passTwo}), code: "invalid_credentials", limit: "password", hashes: 10},
			{way: "no old password", request: body(object{"newPassword": passTwo}), code: "invalid_request", limit: "act"},
		},
		"GET /user/export": {{way: "one after the other", request: body(nil), limit: "act", rows: 30}},
		"DELETE /user": {
			{way: "a wrong password", request: body(object{"password": passTwo}), code: "invalid_credentials", limit: "password", hashes: 10},
			{way: "an unknown id", request: body(code(noID)), code: "otp_invalid", limit: "verify"},
			{way: "an id of another shape", request: body(code(noShape)), code: "otp_invalid", limit: "verify"},
		},
		"PUT /user/avatar": {
			{way: "another type", request: body(object{"image": "x"}), code: "unsupported_media_type", limit: "avatar"},
			{way: "no picture", request: picture("GIF89a"), code: "unsupported_media_type", limit: "avatar"},
			{way: "a broken one", request: picture("\xff\xd8\xff"), code: "invalid_request", limit: "avatar"},
		},
		"DELETE /user/avatar":  {{way: "one after the other", request: body(nil), limit: "act"}},
		"GET /user/avatar/:id": {{way: "nobody's", request: body(nil), code: "not_found", limit: "lookup"}},
		"POST /user/login/mfa": {
			{way: "no factor", request: body(object{"mfaToken": "x"}), code: "invalid_request", free: formOnly},
			{way: "no token", request: body(object{"mfaToken": "x", "totp": "123456"}), code: "otp_invalid", limit: "verify", rows: 30},
		},
		"POST /user/login/mfa/enroll": {{way: "no token", request: body(object{"mfaToken": "x"}), code: "otp_invalid", limit: "verify", rows: 30}},
		"DELETE /user/totp/reset":     {{way: "a sign-in without a factor", request: body(nil), code: "reauthentication_required", limit: "refused"}},
		"GET /user/totp":              {},
		"POST /user/totp":             factors,
		"DELETE /user/totp":           factors,
		"POST /user/recovery-codes":   factors,
		"POST /user/totp/confirm": {
			{way: "no code", request: body(object{"totp": "x"}), code: "invalid_request", free: formOnly},
			{way: "nothing to confirm", request: body(object{"totp": "123456"}), code: "otp_invalid", limit: "act"},
		},
		"DELETE /user/phone":                ask(nil),
		"DELETE /user/email":                ask(nil),
		"POST /user/email/otp":              ask(object{"email": "new@example.com"}),
		"POST /user/phone/otp":              ask(object{"phone": number(901)}),
		"POST /user/email/verify":           verify,
		"POST /user/phone/verify":           verify,
		"GET /user/sessions":                {},
		"GET /user/password":                {},
		"GET /user/events":                  {{way: "no cursor", request: func(int) kit.Request { return kit.Request{Path: "/user/events?cursor=x"} }, code: "invalid_request", free: formOnly}},
		"DELETE /user/sessions":             {{way: "one after the other", request: body(nil), limit: "act", rows: 30}, {way: "no scope", request: func(int) kit.Request { return kit.Request{Path: "/user/sessions?scope=x"} }, code: "invalid_request", free: formOnly}},
		"DELETE /user/sessions/:id":         {{way: "an unknown session", request: body(nil), code: "not_found", limit: "refused"}},
		"GET /admin/users":                  forbidden,
		"GET /admin/users/:id":              forbidden,
		"POST /admin/users/:id/ban":         forbidden,
		"POST /admin/users/:id/unban":       forbidden,
		"PUT /admin/users/:id/role":         forbidden,
		"PATCH /admin/users/:id/metadata":   forbidden,
		"POST /admin/users/:id/mfa/reset":   forbidden,
		"DELETE /admin/users/:id/mfa/reset": forbidden,
		"DELETE /admin/users/:id":           forbidden,

		"DELETE /admin/users/:id/sessions": forbidden,
		"GET /admin/events":                forbidden,
		"GET /admin/deliveries":            forbidden,
		"GET /admin/stats":                 forbidden,
		"GET /admin/health":                forbidden,
		"POST /admin/invites": append(forbidden, refuses{way: "a machine's wrong secret", request: func(int) kit.Request {
			return kit.Request{Body: object{"expiresIn": 60}, Header: kit.Machine{ID: "x", Secret: "x"}.Basic()}
		}, code: "unauthorized", limit: "machine"}),
		"GET /oauth/authorize": {
			{way: "no application", request: func(int) kit.Request { return kit.Request{Path: "/oauth/authorize"} }, code: "invalid_request", free: formOnly},
			{way: "an unknown application", request: func(int) kit.Request { return kit.Request{Path: "/oauth/authorize?" + unknown} }, code: "invalid_request", limit: "lookup"},
		},
		"POST /oauth/authorize": {
			{way: "no application", request: body(object{"query": ""}), code: "invalid_request", free: formOnly},
			{way: "an unknown application", request: body(object{"query": unknown}), code: "invalid_request", limit: "lookup"},
		},
		"POST /oauth/token": {
			{way: "another code", request: grant(url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "code_verifier": {verifier}}), code: "invalid_request", limit: "refresh"},
			{way: "another refresh token", request: grant(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}), code: "invalid_request", limit: "refresh"},
			{way: "a wrong secret", request: tokenForm(kit.Machine{ID: "x", Secret: "x"}, "client_credentials"), code: "unauthorized", limit: "machine"},
			{way: "machines in turn", request: func(i int) kit.Request {
				return tokenForm(kit.Machine{ID: fmt.Sprint("x", i), Secret: "x"}, "client_credentials")(i)
			}, code: "unauthorized", limit: "machine"},
			{way: "another grant", request: tokenForm(kit.Machine{ID: "x", Secret: "x"}, "password"), code: "invalid_request", free: formOnly},
		},
		"GET /.well-known/jwks.json":                  {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /.well-known/oauth-authorization-server": {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /.well-known/openid-configuration":       {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /service/revocations": {
			{way: "a wrong secret", request: func(int) kit.Request { return kit.Request{Header: kit.Machine{ID: "z", Secret: "x"}.Basic()} }, code: "unauthorized", limit: "machine"},
			{way: "no client", request: body(nil), code: "unauthorized", limit: "machine"},
		},
		"POST /service/introspect": {
			{way: "a wrong secret", request: func(int) kit.Request { return introspecting(kit.Machine{ID: "x", Secret: "x"}, "x") }, code: "unauthorized", limit: "machine"},
			{way: "machines in turn", request: func(i int) kit.Request { return introspecting(kit.Machine{ID: fmt.Sprint("y", i), Secret: "x"}, "x") }, code: "unauthorized", limit: "machine"},
			{way: "no client", request: func(int) kit.Request { return kit.FormRequest("/service/introspect", nil, nil) }, code: "unauthorized", limit: "machine"},
		},
		"GET /webhook/:provider/status":  {{way: "no token", request: body(nil), free: "a token is compared, and nothing is asked"}},
		"POST /webhook/:provider/status": {{way: "no signature", request: body(nil), free: "a signature is checked, and nothing is asked"}},
		"GET /":                          {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /account":                   {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /admin/ui":                  {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /assets/:hash/:name":        {{way: "no such file", request: body(nil), code: "not_found", free: "asks nothing"}},
		"GET /docs":                      {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /openapi.json":              {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /captcha":                   {{way: "no captcha is configured", request: body(nil), code: "not_found", free: "asks nothing"}},
		"GET /signin.js":                 {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /healthz":                   {{way: "one after the other", request: body(nil), free: "asks nothing"}},
		"GET /readyz":                    {{way: "one after the other", request: body(nil), free: "the parts are asked once a second"}},
		"GET /dev/inbox":                 {{way: "one after the other", request: body(nil), free: "not there in pro"}},
		"GET /dev/inbox/mail/:id":        {{way: "no such mail", request: body(nil), code: "not_found", free: "not there in pro"}},
		"GET /dev/inbox/stream": {{way: "one after the other", free: "not there in pro", request: func(int) kit.Request {
			return kit.Request{Path: "/dev/inbox/stream?once=true"}
		}}},
		"GET /user/links":                {},
		"POST /user/links":               ask(object{"provider": "google", "idToken": "x.y.z"}),
		"DELETE /user/links/:provider":   ask(nil),
		"POST /webhook/:provider/events": {{way: "a provider that is not listened to", request: body(nil), free: "nothing is read; of one that is: TestProviderEvents_flood"}},
	}
	maps.Copy(all, passkeyRefusals())
	return all
}

// ended stands for the refresh token of an ended session.
const ended = "{ended}"

// defaultLimits sets the default limits instead of the kit's.
func defaultLimits(t *testing.T) kit.Option {
	t.Helper()
	c, err := config.Parse([]byte("Mode: dev"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	c.RateLimit.Prices = []string{} // null is not a list
	text, err := json.Marshal(map[string]any{"RateLimit": c.RateLimit})
	if err != nil {
		t.Fatal(err)
	}
	return kit.Option(text)
}

// Every refusing route is rate limited after a while, and until then the refusals cost no
// more than the limit allows: hashes, rows of the trail (here all within one second) and
// requests to the captcha provider.
func TestRefusals(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel() // most of it waits for rows of the trail
	app := kit.New(t, kit.Embedded, defaultLimits(t), behindProxy, withIssuer, anonymousOn, withSite(t), "Sms: {Twilio: {AuthToken: token, StatusCallbackUrl: \"https://example.com/webhook/twilio/status\"}}")
	s := openStores(t, app)
	clients := 0
	next := func() map[string]string {
		clients++
		return map[string]string{"X-Forwarded-For": fmt.Sprintf("203.%d.%d.1", 1+clients/250, clients%250)}
	}
	enroll := func(name string) kit.Tokens {
		from(app, "/user/register", object{"username": name, "password": passOne}, next()).Want(t, 200, "")
		login := from(app, "/user/login", object{"username": name, "password": passOne}, next())
		login.Want(t, 200, "")
		return login.Tokens()
	}
	out := enroll("taken")
	app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: out.Access}).Want(t, 204, "")
	type ask struct {
		refuses
		route, path string
		bearer      string
	}
	var all []ask
	id := from(app, "/user/otp", object{"phone": number(902)}, next()).Text("otpId")
	ways := refusals(id, newApp(t, app, "shop", true, appURL))
	maps.Copy(ways, socialRefusals(app))
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			list, known := ways[r.String()]
			if delete(ways, r.String()); !known || len(list) == 0 && !group.jwt {
				t.Errorf("%s: no row says how it refuses, and which limit applies", r)
			}
			path := regexp.MustCompile(`:\w+`).ReplaceAllString(r.path, "1")
			for i, way := range list {
				one := ask{way, r.String(), path, ""}
				if group.jwt {
					one.bearer = enroll(fmt.Sprintf("%s-%s-%d", strings.ToLower(r.handler), strings.ToLower(r.group), i)).Access
				}
				all = append(all, one)
			}
			if group.jwt {
				bearers := map[string]string{"no bearer token": "x", "a session that has ended": out.Access}
				for way, bearer := range bearers {
					code := map[string]string{"x": "unauthorized", out.Access: "session_ended"}[bearer]
					all = append(all, ask{refuses{way: way, request: body(nil), code: code, free: cheap}, r.String(), path, bearer})
				}
			}
		}
	}
	for r := range ways {
		t.Errorf("%s has rows, but the route does not exist", r)
	}
	app.Advance(11 * time.Minute) // no sign-in is recent
	last := ""
	recorded(t, app, s, &last)
	for _, a := range all {
		t.Run(a.route+"/"+a.way, func(t *testing.T) {
			method, _, _ := strings.Cut(a.route, " ")
			header, hashes := next(), app.Service.Signin.Passwords.Computed()
			send := func(i int) kit.Request {
				request := a.request(i)
				if request.Path == "" {
					request.Path = a.path
				}
				if b, ok := request.Body.(object); ok && b["refreshToken"] == ended {
					request.Body = object{"refreshToken": out.Refresh}
				}
				if b, ok := request.Body.(object); ok && b == nil || method == http.MethodGet {
					request.Body = nil
				}
				sent := maps.Clone(header)
				maps.Copy(sent, request.Header)
				request.Method, request.Bearer, request.Header = method, a.bearer, sent
				return request
			}
			answers := atOnce(t, app, asks, send)
			refused := func(answer kit.Response) bool { return answer.Status == 429 }
			if a.limit == "refused" && !slices.ContainsFunc(answers, refused) {
				// This charge is best effort, and a busy machine may skip it.
				answers = append(answers, atOnce(t, app, asks, send)...)
			}
			limits, codes := map[string]int{}, map[string]int{}
			for _, answer := range answers {
				if codes[answer.Text("code")]++; answer.Status == 429 {
					limits[answer.Text("limit")]++
				}
				if answer.Status >= 500 {
					t.Fatalf("%d %s", answer.Status, answer.Body)
				}
			}
			if a.code != "" && codes[a.code] == 0 {
				t.Errorf("answered %v, want %s among them", codes, a.code)
			}
			if (a.free == "") == (len(limits) == 0) || a.limit != "" && limits[a.limit] == 0 {
				t.Errorf("answered %v, limited by %v, want the limit %q; free: %q", codes, limits, a.limit, a.free)
			}
			if paid := app.Service.Signin.Passwords.Computed() - hashes; paid > a.hashes {
				t.Errorf("%d hashes were paid for, want at most %d", paid, a.hashes)
			}
			rows := map[string]int{}
			for _, row := range recorded(t, app, s, &last) {
				rows[row]++
			}
			for row, n := range rows {
				if n > max(1, a.rows) {
					t.Errorf("%d rows of %q, want one per second", n, row)
				}
			}
			if a.free != "" && len(rows) > 0 {
				t.Errorf("costs nothing, but wrote rows: %v", rows)
			}
		})
	}
}

// The captcha provider is called no more often than the limit allows, on every route that
// may call it.
func TestRefusals_captcha(t *testing.T) {
	t.Parallel()
	testkit.NotInRace(t, "asks one thing after the other")
	p := captchatest.New(t, captcha.Turnstile)
	app := kit.New(t, kit.Embedded, defaultLimits(t), behindProxy, "RateLimit: {Prices: [IN=1.00], Budget: {Day: 100, Country: 0, Block: 0, Soft: 1}, Send: {Client: off, Block: off, Country: off, Global: off}}",
		withCaptcha(p, captcha.Turnstile, ""))
	bearer := app.SignIn(phone).Access // the budget is past its soft level
	for i := range 20 {                // the account is past the limit for strangers
		header := map[string]string{"X-Forwarded-For": fmt.Sprintf("198.51.%d.1", i)}
		for range 4 {
			from(app, "/user/login", object{"username": "nobody", "password": passTwo}, header)
		}
	}
	for i, c := range []struct {
		path, bearer string
		body         func(i int) object
	}{
		{"/user/otp", "", func(i int) object { return object{"phone": number(i)} }},
		{"/user/otp", "", func(i int) object { return object{"phone": number(i), "purpose": "reset"} }},
		{"/user/phone/otp", bearer, func(i int) object { return object{"phone": number(i)} }},
		{"/user/login", "", func(int) object { return object{"username": "nobody", "password": passTwo} }},
	} {
		for _, token := range []string{"", "junk"} {
			t.Run(c.path+" "+token, func(t *testing.T) {
				asked := len(p.Asked())
				header := map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.%d.%d", i, len(token))}
				answers := atOnce(t, app, asks, func(i int) kit.Request {
					b := c.body(i)
					if token != "" {
						b["captcha"] = fmt.Sprint(token, i)
					}
					return kit.Request{Method: http.MethodPost, Path: c.path, Body: b, Bearer: c.bearer, Header: header}
				})
				codes := map[string]int{}
				for _, answer := range answers {
					codes[answer.Text("code")+" "+answer.Text("limit")]++
				}
				if codes["captcha_required "] == 0 {
					t.Errorf("answered %v, want captcha_required among them", codes)
				}
				limited := slices.ContainsFunc(answers, func(r kit.Response) bool { return r.Status == 429 })
				if !limited {
					t.Errorf("answered %v, want a limit", codes)
				}
				if n := len(p.Asked()) - asked; n > 30 {
					t.Errorf("the provider was asked %d times, want at most 30", n)
				}
			})
		}
	}
}
