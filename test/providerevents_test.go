package test

import (
	"strings"
	"testing"
	"time"

	"user-api/internal/social/socialtest"
	"user-api/test/kit"
)

const (
	secevent = "application/secevent+jwt"
	signOut  = socialtest.Risc + "sessions-revoked"
	purged   = socialtest.Risc + "account-purged"
)

// tells posts an event token, as Google does.
func (s *sites) tells(token string) kit.Response {
	return s.Do(kit.Request{Method: "POST", Path: "/webhook/google/events", Body: token, Header: map[string]string{"Content-Type": secevent}})
}

func (s *sites) taken(token string) {
	s.t.Helper()
	if resp := s.tells(token); resp.Status != 202 || len(resp.Body) > 0 {
		s.t.Fatalf("the event is answered with %d %s, want 202", resp.Status, resp.Body)
	}
}

// A sign-out at the provider ends all older sessions, once, and the answer does not reveal
// who has an account here.
func TestProviderEvents_signOut(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		ann := s.SignIn(leaverPhone)
		s.joins(ann, "ann", nil).Want(t, 200, "")
		bob := s.SignIn(number(901))
		s.joins(bob, "bob", nil).Want(t, 200, "")
		s.Advance(time.Minute)
		asked := s.Post("/user/otp", object{"phone": leaverPhone})
		asked.Want(t, 200, "")

		s.Advance(time.Minute)
		event := s.google.Event(signOut, "ann", nil)
		s.taken(event)
		s.Await("the end of the session", func() bool { return s.Get("/user/info", ann.Access).Status == 401 })
		s.Get("/user/info", ann.Access).Want(t, 401, "session_ended")
		s.Get("/user/info", bob.Access).Want(t, 200, "")
		// An older code is void.
		s.Post("/user/login", object{"otpId": asked.Text("otpId"), "otp": "000000"}).Want(t, 401, "otp_invalid")

		s.Advance(time.Minute)
		back := s.by("ann", nil)
		back.Want(t, 200, "")
		for range 3 {
			s.taken(event) // repeated
		}
		s.taken(s.google.Event(signOut, "ann", socialtest.Claims{"iat": s.Clock.Now().Add(-time.Hour).Unix()}))
		s.taken(s.google.Event(signOut, "nobody-here", nil))
		s.taken(s.google.Event(socialtest.Risc+"verification", "", nil))
		s.taken(s.google.Event(socialtest.Risc+"account-enabled", "ann", nil))
		s.Get("/user/info", back.Tokens().Access).Want(t, 200, "")

		s.Advance(time.Minute)
		s.taken(s.google.Event(socialtest.Risc+"account-disabled", "ann", nil))
		s.Await("the end of the session", func() bool { return s.Get("/user/info", back.Tokens().Access).Status == 401 })
		s.by("ann", nil).Want(t, 200, "")
	})
}

// An account deleted at the provider is unlinked, unless it is the last way to sign in. The
// account here stays.
func TestProviderEvents_deleted(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		ann := s.SignIn(leaverPhone)
		s.joins(ann, "ann", nil).Want(t, 200, "")
		only := s.by("only", nil)
		only.Want(t, 200, "")
		id := s.user(only.Tokens())
		s.Advance(time.Minute)
		s.taken(s.google.Event(purged, "ann", nil))
		s.taken(s.google.Event(purged, "ann", nil))
		// In Apple's format.
		apple := s.Post("/webhook/google/events", object{"payload": s.google.AppleEvent("account-delete", "only", nil)})
		if apple.Want(t, 200, ""); string(apple.Body) != "{}" {
			t.Errorf("Apple is answered with %s", apple.Body)
		}
		for _, access := range []string{ann.Access, only.Tokens().Access} {
			s.Await("the end of a session", func() bool { return s.Get("/user/info", access).Status == 401 })
		}
		if got := s.linked(s.SignIn(leaverPhone)); got != "" {
			t.Errorf("ann is linked to %q", got)
		}
		notices(t, s.App, leaverPhone, 2) // of the link, and of its end
		if again := s.by("only", nil); again.Tokens().IsNew || s.user(again.Tokens()) != id {
			t.Error("the last way in is gone")
		}
	})
}

// An invalid token is rejected as in RFC 8935 and charged to the client.
func TestProviderEvents_refused(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		ann := s.SignIn(leaverPhone)
		s.joins(ann, "ann", nil).Want(t, 200, "")
		s.Advance(time.Minute)
		good := s.google.Event(signOut, "ann", nil)
		post := func(provider, media, body string) kit.Response {
			return s.Do(kit.Request{Method: "POST", Path: "/webhook/" + provider + "/events", Body: body, Header: map[string]string{"Content-Type": media}})
		}
		for name, c := range map[string]struct {
			resp   kit.Response
			status int
			code   string
			err    string
		}{
			"forged":            {s.tells(socialtest.NewKey(t, "ES256", "key-1").Sign(t, nil, s.google.EventClaims(signOut, "ann", nil))), 400, "invalid_request", "invalid_key"},
			"changed":           {s.tells(good[:len(good)-8] + "AAAAAAAA"), 400, "invalid_request", "authentication_failed"},
			"another audience":  {s.tells(s.google.Event(signOut, "ann", socialtest.Claims{"aud": "evil"})), 400, "invalid_request", "invalid_audience"},
			"another issuer":    {s.tells(s.work.Event(signOut, "ann", nil)), 400, "invalid_request", "invalid_issuer"},
			"by the secret":     {s.tells(socialtest.NewKey(t, "HS256", "key-1").Sign(t, nil, s.google.EventClaims(signOut, "ann", nil))), 400, "invalid_request", "invalid_request"},
			"an id_token":       {s.tells(s.google.IDToken("ann", nil)), 400, "invalid_request", "invalid_request"},
			"nothing":           {s.tells(""), 400, "invalid_request", "invalid_request"},
			"no object":         {post("google", "application/json", `[]`), 400, "invalid_request", "invalid_request"},
			"without a payload": {post("google", "application/json", `{"x":1}`), 400, "invalid_request", "invalid_request"},
			"a huge body":       {s.tells(strings.Repeat("A", 70<<10)), 413, "body_too_large", ""},
			"a form":            {post("google", "application/x-www-form-urlencoded", "payload="+good), 415, "unsupported_media_type", ""},
			"a text":            {post("google", "text/plain", good), 415, "unsupported_media_type", ""},
			"not listened to":   {post("office", secevent, s.work.Event(signOut, "ann", nil)), 404, "not_found", ""},
			"nowhere":           {post("nowhere", secevent, good), 404, "not_found", ""},
		} {
			c.resp.Want(t, c.status, c.code)
			if got := c.resp.Text("err"); got != c.err {
				t.Errorf("%s: err %q, want %q", name, got, c.err)
			}
		}
		s.Get("/user/info", ann.Access).Want(t, 200, "")
	})
}

// A flood of forged tokens is rejected without being read, and other clients are not
// affected.
func TestProviderEvents_flood(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		ann := s.SignIn(leaverPhone)
		forged := s.google.Event(signOut, "ann", socialtest.Claims{"aud": "evil"})
		last := kit.Response{}
		for range 4 {
			last = s.tells(forged)
		}
		last.Want(t, 429, "rate_limited")
		if last.Text("limit") != "lookup" {
			t.Errorf("limit %q", last.Text("limit"))
		}
		s.tells(s.google.Event(signOut, "ann", nil)).Want(t, 429, "rate_limited")
		s.Get("/user/info", ann.Access).Want(t, 200, "")
	}, "RateLimit: {Lookup: {Client: 3/300}}")
}
