package test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/testkit"
	"user-api/test/attack/measure"
	"user-api/test/kit"
)

// expected is a mean over all messages, which changes during a test.
var expected = regexp.MustCompile(`"expectedIn":\d+`)

// stranger requests codes for one address or name and records what can be observed of each
// answer.
type stranger struct {
	app  *kit.App
	t    *testing.T
	seen []string
}

func (s *stranger) post(what, path, bearer string, body object) kit.Response {
	s.t.Helper()
	return s.note(what, s.app.Do(kit.Request{Method: http.MethodPost, Path: path, Bearer: bearer, Body: body}))
}

func (s *stranger) note(what string, resp kit.Response) kit.Response {
	body := expected.ReplaceAll(resp.Body, []byte(`"expectedIn":1`))
	s.seen = append(s.seen, what+": "+measure.Shape(resp.Status, resp.Header, body))
	return resp
}

// guess submits wrong codes, one more than a challenge allows.
func (s *stranger) guess(path, bearer, otpID string, more object) {
	s.t.Helper()
	for i := range 6 {
		body := object{"otpId": otpID, "otp": fmt.Sprintf("%010d", i)}
		for key, value := range more {
			body[key] = value
		}
		s.post("guess", path, bearer, body)
	}
}

// settled waits until the message is sent, or seems to be, and records the status.
func (s *stranger) settled(otpID string) {
	s.t.Helper()
	s.app.Await("status sent", func() bool { return s.app.Get("/user/otp/"+otpID, "").Text("status") == "sent" })
	s.note("status", s.app.Get("/user/otp/"+otpID, ""))
}

// challenges requests codes, again too soon, as a resend, with wrong codes until the
// challenge ends, and until the address is locked.
func (s *stranger) challenges(ask, verify, bearer string, body, more object) {
	s.t.Helper()
	first := s.post("ask", ask, bearer, body)
	s.settled(first.Text("otpId"))
	s.post("ask too soon", ask, bearer, body)
	s.post("resend too soon", "/user/otp", "", object{"otpId": first.Text("otpId")})
	s.app.Advance(time.Minute)
	s.post("resend", "/user/otp", "", object{"otpId": first.Text("otpId")})
	s.settled(first.Text("otpId"))
	s.guess(verify, bearer, first.Text("otpId"), more)
	s.note("status of what is over", s.app.Get("/user/otp/"+first.Text("otpId"), ""))
	s.app.Advance(time.Minute)
	second := s.post("ask again", ask, bearer, body)
	s.guess(verify, bearer, second.Text("otpId"), more)
	s.app.Advance(time.Minute)
	s.post("ask while it rests", ask, bearer, body)
	s.app.Advance(15 * time.Minute)
	s.post("ask after its rest", ask, bearer, body)
}

// passwords tries passwords that no account has.
func (s *stranger) passwords(kind, name string) {
	s.t.Helper()
	for range 3 {
		s.post("password", "/user/login", "", object{kind: name, "password": passTwo})
	}
}

// people holds accounts, or missing ones, that a stranger must not be able to distinguish.
// The values of a kind have the same length.
var people = []struct{ class, username, phone, email string }{
	{"known", "ann.known", "+919876500001", "ann@example.com"},
	{"unknown", "amy.ghost", "+919876500002", "amy@example.com"},
	{"banned", "abe.outed", "+919876500003", "abe@example.com"},
}

// populate creates the known and the banned accounts, each with every kind of name, and
// sends messages until expectedIn is reported, which is a mean of all.
func populate(t *testing.T, app *kit.App) {
	t.Helper()
	for _, who := range people {
		if who.class == "unknown" {
			continue
		}
		tokens := enroll(t, app, who.username)
		bindAddress(t, app, tokens, byPhone, who.phone)
		bindAddress(t, app, tokens, byEmail, who.email)
		if who.class == "banned" {
			if err := app.Service.Accounts.Ban(t.Context(), tokens.UserID, "a test", time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	app.Advance(time.Minute)
	for kind, to := range map[string]string{byPhone: "+9198765001%02d", byEmail: "other%02d@example.com"} {
		n := 0
		app.Await("what a message takes is known", func() bool {
			app.Advance(time.Minute)
			n++
			return app.Post("/user/otp", object{kind: fmt.Sprintf(to, n)}).Number("expectedIn") > 0
		})
	}
	// The messages sent to an address in the last hour count for every requester: that
	// reveals requests, not whether the address has an account.
	app.Advance(time.Hour + 2*time.Minute)
}

// A stranger gets the same answers for a known, an unknown and a banned address or name:
// status, headers and the whole body except random values, limits and decoys included.
// Registering a taken name necessarily reveals it; the limit on registrations bounds that.
func TestEnumeration(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	scenarios := map[string]func(s *stranger, name map[string]string, bearer string){
		"code to sign in by phone": func(s *stranger, name map[string]string, _ string) {
			s.challenges("/user/otp", "/user/login", "", object{"phone": name[byPhone]}, nil)
		},
		"code to sign in by e-mail": func(s *stranger, name map[string]string, _ string) {
			s.challenges("/user/otp", "/user/login", "", object{"email": name[byEmail]}, nil)
		},
		"code to reset by phone": func(s *stranger, name map[string]string, _ string) {
			s.challenges("/user/otp", "/user/password/reset", "", object{"phone": name[byPhone], "purpose": "reset"}, object{"newPassword": passTwo})
		},
		"code to reset by e-mail": func(s *stranger, name map[string]string, _ string) {
			s.challenges("/user/otp", "/user/password/reset", "", object{"email": name[byEmail], "purpose": "reset"}, object{"newPassword": passTwo})
		},
		"code to bind a phone": func(s *stranger, name map[string]string, bearer string) {
			s.challenges("/user/phone/otp", "/user/phone/verify", bearer, object{"phone": name[byPhone]}, nil)
		},
		"code to bind an e-mail address": func(s *stranger, name map[string]string, bearer string) {
			s.challenges("/user/email/otp", "/user/email/verify", bearer, object{"email": name[byEmail]}, nil)
		},
		"password by username": func(s *stranger, name map[string]string, _ string) { s.passwords("username", name["username"]) },
		"password by phone":    func(s *stranger, name map[string]string, _ string) { s.passwords(byPhone, name[byPhone]) },
		"password by e-mail":   func(s *stranger, name map[string]string, _ string) { s.passwords(byEmail, name[byEmail]) },
	}
	for title, scenario := range scenarios {
		t.Run(title, func(t *testing.T) {
			kit.Each(t, func(t *testing.T, app *kit.App) {
				populate(t, app)
				var want []string
				for _, who := range people {
					// One stranger for each, so that limits per user do not hide
					// differences.
					bearer := ""
					if strings.Contains(title, "bind") {
						bearer = enroll(t, app, "stranger."+who.class).Access
					}
					s := &stranger{app: app, t: t}
					scenario(s, map[string]string{"username": who.username, byPhone: who.phone, byEmail: who.email}, bearer)
					if want == nil {
						want = s.seen
					}
					if diff := cmp.Diff(want, s.seen); diff != "" {
						t.Errorf("%s differs from %s (-%[2]s +%[1]s):\n%[3]s", who.class, people[0].class, diff)
					}
				}
			}, "Auth: {AccessExpire: 3600}")
		})
	}
}
