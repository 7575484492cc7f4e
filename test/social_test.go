package test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/social/socialtest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

const annAtGmail = "ann@gmail.com"

// annVerified is Google's profile of a user whose address Google itself issues.
var annVerified = socialtest.Claims{"email": annAtGmail, "email_verified": true, "name": "Ann", "locale": "de"}

// sites is a service with two sign-in providers: google, which is authoritative for
// gmail.com, and work.
type sites struct {
	*kit.App
	t            *testing.T
	google, work *socialtest.Issuer
}

// newSites starts two providers and a service.
func newSites(t *testing.T, begin func(...kit.Option) *kit.App, options ...kit.Option) *sites {
	t.Helper()
	s := &sites{t: t}
	now := func() time.Time { return s.Clock.Now() }
	s.google, s.work = socialtest.New(t, now), socialtest.New(t, now)
	with := kit.Option(fmt.Sprintf(`
Auth: {Issuer: %q}
Social:
  Providers:
  - {Name: google, Kind: oidc, Issuer: %q, ClientId: %q, ClientSecret: %q, Authoritative: [gmail.com], Events: true, AllowPrivate: true}
  - {Name: office, Kind: oidc, Issuer: %q, ClientId: %[3]q, ClientSecret: %[4]q, AllowPrivate: true}
  Redirects: [%[6]q]
`, issuer, s.google.URL, socialtest.ClientID, socialtest.Secret, s.work.URL, appURL))
	s.App = begin(append([]kit.Option{with}, options...)...)
	return s
}

// eachSites runs a scenario on every pair of stores.
func eachSites(t *testing.T, scenario func(*testing.T, *sites), options ...kit.Option) {
	t.Helper()
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		t.Run(string(backend), func(t *testing.T) {
			t.Parallel()
			scenario(t, newSites(t, func(o ...kit.Option) *kit.App { return kit.New(t, backend, o...) }, options...))
		})
	}
}

// by signs in with an id_token of google.
func (s *sites) by(subject string, claims socialtest.Claims) kit.Response {
	s.t.Helper()
	return s.Post("/user/login/social", object{"provider": "google", "idToken": s.google.IDToken(subject, claims)})
}

// user returns the user of an access token.
func (s *sites) user(tokens kit.Tokens) int64 { return idOf(s.App, tokens) }

// info returns the account data for an access token.
func (s *sites) info(tokens kit.Tokens) object {
	s.t.Helper()
	resp := s.Get("/user/info", tokens.Access)
	resp.Want(s.t, 200, "")
	return resp.JSON
}

func TestSocial_signIn(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		first := s.by("ann", annVerified)
		first.Want(t, 200, "")
		info := s.info(first.Tokens())
		if !first.Tokens().IsNew || info["email"] != annAtGmail || info["displayName"] != "Ann" || info["username"] != nil {
			t.Errorf("the first sign-in: %t, %v", first.Tokens().IsNew, info)
		}
		s.Advance(time.Minute)
		again := s.by("ann", annVerified)
		if again.Want(t, 200, ""); again.Tokens().IsNew || s.user(again.Tokens()) != s.user(first.Tokens()) {
			t.Errorf("the second: %d, want %d", s.user(again.Tokens()), s.user(first.Tokens()))
		}
		// The same person at another provider is another user until both are proven.
		elsewhere := s.Post("/user/login/social", object{"provider": "office", "idToken": s.work.IDToken("ann", nil)})
		if elsewhere.Want(t, 200, ""); !elsewhere.Tokens().IsNew {
			t.Error("the subject of one provider is that of another")
		}
		list := s.Get("/user/login/social", "")
		list.Want(t, 200, "")
		if got := string(list.Body); got != `{"providers":[{"name":"google","kind":"oidc"},{"name":"office","kind":"oidc"}]}` {
			t.Errorf("the providers: %s", got)
		}
		export := s.Get("/user/export", again.Tokens().Access)
		export.Want(t, 200, "")
		links, _ := export.JSON["links"].([]any)
		if link, _ := links[0].(object); len(links) != 1 || link["provider"] != "google" || link["subject"] != "ann" || link["email"] != annAtGmail ||
			link["lastUsedAt"] != float64(s.Clock.Now().Unix()) {
			t.Errorf("the export has the links %v", links)
		}
	})
}

// An address is never invented, and becomes the account's only if the provider has verified
// it and issues it itself.
func TestSocial_email(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		for name, claims := range map[string]socialtest.Claims{
			"none": nil, "unverified": {"email": annAtGmail}, "text": {"email": annAtGmail, "email_verified": "false"},
			"elsewhere": {"email": "ann@example.com", "email_verified": true},
		} {
			resp := s.by(name, claims)
			resp.Want(t, 200, "")
			if info := s.info(resp.Tokens()); info["email"] != nil || info["phone"] != nil || info["username"] != nil {
				t.Errorf("%s: %v", name, info)
			}
		}
		phone := s.by("with a number", socialtest.Claims{"phone_number": "+4915112345678", "phone_number_verified": true})
		phone.Want(t, 401, "invalid_credentials") // a subject contains no space
		phone = s.by("number", socialtest.Claims{"phone_number": "+4915112345678", "phone_number_verified": true})
		if info := s.info(phone.Tokens()); info["phone"] != nil {
			t.Errorf("a number of a profile: %v", info)
		}
	})
}

// Registering an address first does not give access to the account of its owner at a
// provider, and vice versa.
func TestSocial_takeOver(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		byCode := func() kit.Response {
			asked := s.Post("/user/otp", object{"email": annAtGmail})
			asked.Want(t, 200, "")
			return s.Post("/user/login", object{"otpId": asked.Text("otpId"), "otp": s.Inbox(annAtGmail, 1)[0]})
		}
		// First the address, by a code: the provider's claim of it opens nothing.
		owner := byCode()
		owner.Want(t, 200, "")
		wantRefusal(t, "by an account that is not linked", s.by("ann", annVerified), refusal{409, "email_taken", "email"})
		wantRefusal(t, "once more", s.by("ann", annVerified), refusal{409, "email_taken", "email"})
		// A provider that is not authoritative gets another account, too.
		evil := s.Post("/user/login/social", object{"provider": "office", "idToken": s.work.IDToken("eve", annVerified)})
		evil.Want(t, 200, "")
		if s.user(evil.Tokens()) == s.user(owner.Tokens()) || s.info(evil.Tokens())["email"] != nil {
			t.Errorf("by a provider that is not authoritative: %v", s.info(evil.Tokens()))
		}
		// An unverified address does not count.
		eve := s.by("eve", socialtest.Claims{"email": annAtGmail, "email_verified": false})
		eve.Want(t, 200, "")
		if s.user(eve.Tokens()) == s.user(owner.Tokens()) {
			t.Error("an unverified address opens the owner's account")
		}
	})
}

// First the provider, and later a code to the same address: one account if the address was
// verified, and two if it was not.
func TestSocial_takeOverLater(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		byCode := func(address string) kit.Tokens {
			asked := s.Post("/user/otp", object{"email": address})
			asked.Want(t, 200, "")
			resp := s.Post("/user/login", object{"otpId": asked.Text("otpId"), "otp": s.Inbox(address, 1)[0]})
			resp.Want(t, 200, "")
			return resp.Tokens()
		}
		proven := s.by("ann", annVerified)
		proven.Want(t, 200, "")
		if later := byCode(annAtGmail); later.IsNew || s.user(later) != s.user(proven.Tokens()) {
			t.Errorf("by code %d, want the user %d", s.user(later), s.user(proven.Tokens()))
		}
		claimed := s.by("eve", socialtest.Claims{"email": "bob@example.com", "email_verified": true})
		claimed.Want(t, 200, "")
		if later := byCode("bob@example.com"); !later.IsNew || s.user(later) == s.user(claimed.Tokens()) {
			t.Errorf("an unverified claim gets the account of the address's owner: %d, %t", s.user(later), later.IsNew)
		}
	})
}

// A proof opens one session, even if it is used repeatedly, and concurrent first sign-ins
// of a person create one account.
func TestSocial_once(t *testing.T) {
	testkit.NotInRace(t, "starts two services")
	t.Parallel()
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		t.Run(string(backend), func(t *testing.T) {
			t.Parallel()
			s := newSites(t, func(o ...kit.Option) *kit.App { return kit.New(t, backend, o...) })
			token := s.google.IDToken("ann", annVerified)
			opened, refused := s.many(100, func(int) object { return object{"provider": "google", "idToken": token} })
			if opened != 1 || refused != 99 {
				t.Errorf("%d sessions and %d refusals of one id_token, want 1 and 99", opened, refused)
			}
			users := sync.Map{}
			tokens := make([]string, 32)
			for i := range tokens {
				tokens[i] = s.google.IDToken("bob", socialtest.Claims{"jti": fmt.Sprint(i), "email": "bob@gmail.com", "email_verified": true})
			}
			opened, _ = s.many(len(tokens), func(i int) object { return object{"provider": "google", "idToken": tokens[i]} }, func(r kit.Response) {
				users.Store(s.user(r.Tokens()), true)
			})
			count := 0
			users.Range(func(any, any) bool { count++; return true })
			if opened != 32 || count != 1 {
				t.Errorf("%d of 32 signed in, as %d users, want all as one", opened, count)
			}
		})
	}
}

// many signs in n times concurrently.
func (s *sites) many(n int, body func(i int) object, each ...func(kit.Response)) (opened, refused int64) {
	var all sync.WaitGroup
	var ok, no atomic.Int64
	for i := range n {
		all.Go(func() {
			resp, err := s.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login/social", Body: body(i)})
			switch {
			case err != nil:
				s.t.Error(err)
			case resp.Status == 200:
				ok.Add(1)
				for _, do := range each {
					do(resp)
				}
			case resp.Status == 401 && resp.Text("code") == "invalid_credentials":
				no.Add(1)
			default:
				s.t.Errorf("%d %s", resp.Status, resp.Body)
			}
		})
	}
	all.Wait()
	return ok.Load(), no.Load()
}

func TestSocial_signUpClosed(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		s.by("ann", annVerified).Want(t, 403, "forbidden")
		have(t, s.App, phone)
		s.by("ann", nil).Want(t, 403, "forbidden")
	}, "Accounts: {SignUp: closed}")
}

func TestSocial_signUpInvite(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		wantRefusal(t, "without an invite", s.by("ann", nil), refusal{403, "forbidden", "invite"})
		invited := invites(t, s.App, s.Machine("inviter", "users:write"), object{"expiresIn": 3600})
		login := func() kit.Response {
			return s.Post("/user/login/social", object{"provider": "google", "idToken": s.google.IDToken("ann", socialtest.Claims{"jti": fmt.Sprint(s.google.Asked("/jwks"))}), "invite": invited})
		}
		if resp := login(); resp.Status != 200 || !resp.Tokens().IsNew {
			t.Fatalf("with an invite: %d %s", resp.Status, resp.Body)
		}
		s.by("ann", socialtest.Claims{"jti": "again"}).Want(t, 200, "")
		wantRefusal(t, "another one by the same invite", s.Post("/user/login/social", object{
			"provider": "google", "idToken": s.google.IDToken("bob", nil), "invite": invited,
		}), refusal{403, "forbidden", "invite"})
	}, "Accounts: {SignUp: invite}")
}

func TestSocial_ban(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		tokens := s.by("ann", annVerified)
		tokens.Want(t, 200, "")
		if err := s.Service.Signin.Ban(t.Context(), s.user(tokens.Tokens()), "spam", time.Time{}); err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, "who is banned", s.by("ann", socialtest.Claims{"jti": "2"}), refusal{401, "invalid_credentials", ""})
	})
}
