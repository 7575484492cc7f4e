package test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"user-api/test/kit"
)

// totpDeeds are those of setting up second factors.
var totpDeeds = []deed{
	{"GET /user/totp", "", reading("/user/totp")},
	{"POST /user/totp", "", func(m *matrix) attempt {
		who := m.member()
		return attempt{Request: bearing(who, "POST", "/user/totp", nil), effect: func(r kit.Response) error {
			// Nothing was confirmed so far: this does it.
			return m.wants(bearing(who, "POST", "/user/totp/confirm", object{"totp": totpCode(m.t, m.App, r.Text("secret"), 0)}), 200)
		}}
	}},
	{"POST /user/totp/confirm", "", func(m *matrix) attempt {
		who := m.member()
		code := totpCode(m.t, m.App, enrolling(m.App, who.Access), 3) // the clock advances before it is sent
		return attempt{Request: bearing(who, "POST", "/user/totp/confirm", object{"totp": code}), effect: func(kit.Response) error {
			return m.hasTotp(who, true)
		}}
	}},
	{"DELETE /user/totp", "", func(m *matrix) attempt {
		who := m.member()
		enrolled(m.t, m.App, who.Access)
		return attempt{Request: bearing(who, "DELETE", "/user/totp", nil), effect: func(kit.Response) error { return m.hasTotp(who, false) }}
	}},
	{"POST /user/recovery-codes", "", func(m *matrix) attempt {
		who := m.member()
		enrolled(m.t, m.App, who.Access)
		return attempt{Request: bearing(who, "POST", "/user/recovery-codes", nil), effect: func(kit.Response) error { return m.hasTotp(who, true) }}
	}},
}

// hasTotp fails unless a person has TOTP and ten recovery codes, or has neither.
func (m *matrix) hasTotp(who person, want bool) error {
	answer, err := m.mended(get("/user/totp", who.Access))
	if err == nil && (answer.JSON["enabled"] != want || answer.Number("recoveryCodes") != map[bool]int64{true: 10}[want]) {
		err = fmt.Errorf("the factors are %s, TOTP should be %t", answer.Body, want)
	}
	return err
}

// totpCode returns the code of an authenticator app some time steps from now.
func totpCode(t testing.TB, app *kit.App, secret string, steps int) string {
	t.Helper()
	return totpAt(t, secret, app.Clock.Now(), steps)
}

// totpAt returns the code some time steps from a time.
func totpAt(t testing.TB, secret string, now time.Time, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, now.Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// enrolling creates a secret to be confirmed.
func enrolling(app *kit.App, bearer string) (secret string) {
	return app.Do(kit.Request{Method: "POST", Path: "/user/totp", Bearer: bearer}).Text("secret")
}

// enrolled adds an authenticator app, whose next code is that of the next time step.
func enrolled(t testing.TB, app *kit.App, bearer string) (secret string, codes []string) {
	t.Helper()
	secret = enrolling(app, bearer)
	answer := call(app, "POST", "/user/totp/confirm", bearer, object{"totp": totpCode(t, app, secret, 0)})
	answer.Want(t, 200, "")
	list, _ := answer.JSON["recoveryCodes"].([]any)
	for _, code := range list {
		codes = append(codes, fmt.Sprint(code))
	}
	return secret, codes
}
