package test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/social/socialtest"
	"user-api/test/kit"
)

// joins links a google account to the holder of a token.
func (s *sites) joins(tokens kit.Tokens, subject string, claims socialtest.Claims) kit.Response {
	return call(s.App, "POST", "/user/links", tokens.Access, object{"provider": "google", "idToken": s.google.IDToken(subject, claims)})
}

func (s *sites) unlinks(tokens kit.Tokens, provider string) kit.Response {
	return call(s.App, "DELETE", "/user/links/"+provider, tokens.Access, nil)
}

// linked returns the providers that an account is linked to.
func (s *sites) linked(tokens kit.Tokens) string {
	s.t.Helper()
	resp := s.Get("/user/links", tokens.Access)
	resp.Want(s.t, 200, "")
	var names []string
	links, _ := resp.JSON["links"].([]any)
	for _, l := range links {
		names = append(names, fmt.Sprint(l.(object)["provider"]))
	}
	return strings.Join(names, " ")
}

// A linked account signs in. Its address does not become the user's, and no answer reveals
// the account there.
func TestLinks(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		other := s.SignIn(leaverPhone)
		s.Advance(61 * time.Second)
		ann := s.SignIn(leaverPhone)
		added := s.joins(ann, "ann-at-google-1", annVerified)
		added.Want(t, 200, "")
		now := s.Clock.Now().Unix()
		if want := fmt.Sprintf(`{"links":[{"provider":"google","subject":"an********-1","email":"a***@gmail.com","createdAt":%d,"lastUsedAt":%[1]d}]}`, now); string(added.Body) != want {
			t.Errorf("the links are %s, want %s", added.Body, want)
		}
		again := s.joins(ann, "ann-at-google-1", annVerified)
		if again.Want(t, 200, ""); string(again.Body) != string(added.Body) {
			t.Errorf("twice: %s", again.Body)
		}
		login := s.by("ann-at-google-1", annVerified)
		if login.Want(t, 200, ""); s.user(login.Tokens()) != s.user(ann) || login.Tokens().IsNew {
			t.Error("the linked account belongs to another user")
		}
		if info := s.info(ann); info["email"] != nil {
			t.Errorf("an address was taken: %v", info)
		}
		s.Get("/user/info", other.Access).Want(t, 200, "") // a link ends no session
		notices(t, s.App, leaverPhone, 1)

		s.joins(ann, "another-of-ann", nil).Want(t, 409, "link_taken")
		bob := s.SignIn(number(901))
		s.joins(bob, "ann-at-google-1", annVerified).Want(t, 409, "link_taken")
		call(s.App, "POST", "/user/links", bob.Access, object{"provider": "google", "idToken": "x.y.z"}).Want(t, 401, "invalid_credentials")
		call(s.App, "POST", "/user/links", bob.Access, object{"provider": "nowhere", "idToken": "x.y.z"}).Want(t, 404, "not_found")
		call(s.App, "POST", "/user/links", bob.Access, object{"provider": "google"}).Want(t, 400, "invalid_request")
		s.unlinks(bob, "google").Want(t, 404, "not_found")
		if got := s.linked(bob); got != "" {
			t.Errorf("bob is linked to %q", got)
		}

		s.unlinks(ann, "google").Want(t, 204, "")
		s.unlinks(ann, "google").Want(t, 404, "not_found")
		notices(t, s.App, leaverPhone, 2)
		if login := s.by("ann-at-google-1", nil); !login.Tokens().IsNew {
			t.Error("an unlinked account signs the user in")
		}
		s.Advance(10*time.Minute + time.Second)
		ann = refresh(s.App, ann.Refresh).Tokens()
		s.joins(ann, "ann-at-google-2", nil).Want(t, 403, "reauthentication_required")
		s.unlinks(ann, "google").Want(t, 403, "reauthentication_required")
	})
}

// Proofs on both sides join two accounts, in either order; a matching address alone does
// not.
func TestLinks_afterBothProofs(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		asked := s.Post("/user/otp", object{"email": annAtGmail})
		asked.Want(t, 200, "")
		resp := s.Post("/user/login", object{"otpId": asked.Text("otpId"), "otp": s.Inbox(annAtGmail, 1)[0]})
		resp.Want(t, 200, "")
		ann := resp.Tokens()
		s.by("ann", annVerified).Want(t, 409, "email_taken")
		s.joins(ann, "ann", annVerified).Want(t, 200, "")
		if login := s.by("ann", annVerified); s.user(login.Tokens()) != s.user(ann) {
			t.Error("after both proofs: another user")
		}
	})
}

// The last way to sign in stays, whichever it is, even with concurrent removals. A provider
// that is no longer configured does not count.
func TestLinks_lastWayIn(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		first := s.by("ann", nil)
		first.Want(t, 200, "")
		ann := first.Tokens() // with google only
		s.unlinks(ann, "google").Want(t, 409, "last_sign_in_method")
		work := func(subject string) kit.Response {
			return call(s.App, "POST", "/user/links", ann.Access, object{"provider": "office", "idToken": s.work.IDToken(subject, nil)})
		}
		for i := range 3 {
			work(fmt.Sprint("ann", i)).Want(t, 200, "")
			var wait sync.WaitGroup
			for _, provider := range []string{"google", "office", "google", "office"} {
				wait.Go(func() { s.unlinks(ann, provider) })
			}
			wait.Wait()
			if got := s.linked(ann); got != "google" && got != "office" {
				t.Fatalf("%q is left", got)
			} else if got == "office" {
				s.joins(ann, "ann", nil).Want(t, 200, "")
				s.unlinks(ann, "office").Want(t, 204, "")
			}
		}
		// An address and a link, removed concurrently.
		bindAddress(t, s.App, ann, byPhone, leaverPhone)
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() { s.unlinks(ann, "google") })
			wait.Go(func() { removal(s.App, ann.Access, byPhone) })
		}
		wait.Wait()
		if s.linked(ann) == "" && s.info(ann)["phone"] == nil {
			t.Error("nothing is left")
		}
	})
}

// An account that two users link concurrently belongs to one of them, and one linked while
// its user is erased belongs to nobody.
func TestLinks_race(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		users := []kit.Tokens{s.SignIn(number(901)), s.SignIn(number(902))}
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() { s.joins(users[i%2], "ann", nil) })
		}
		wait.Wait()
		if both := s.linked(users[0]) + s.linked(users[1]); both != "google" {
			t.Errorf("they are linked to %q, want one of them", both)
		}
		leaver := enroll(t, s.App, leaverName)
		wait.Go(func() { s.joins(leaver, "leaver", nil) })
		wait.Go(func() {
			call(s.App, "DELETE", "/user", leaver.Access, object{"password": passOne}).Want(t, 204, "")
		})
		wait.Wait()
		if next := s.by("leaver", nil); !next.Tokens().IsNew {
			t.Error("the account of an erased user is found")
		}
	})
}
