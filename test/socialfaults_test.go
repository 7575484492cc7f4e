package test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/social/socialtest"
	"user-api/internal/testkit"
	"user-api/test/faults"
	"user-api/test/kit"
)

// A provider that is down, slow or hung gives its own sign-ins a 503 in time, and soon
// immediately; those with the other provider, by code and by password are not affected.
func TestSocial_siteDown(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	for name, answer := range map[string]http.HandlerFunc{
		"down": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"hung": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it waits
			s := newSites(t, func(o ...kit.Option) *kit.App { return kit.New(t, kit.Embedded, append(o, "Timeout: 2")...) })
			s.google.Instead("", answer)
			for i := range 6 {
				resp := within(t, 2500*time.Millisecond, func() kit.Response { return s.by(fmt.Sprint("ann", i), nil) })
				if resp.Want(t, 503, "unavailable"); resp.Header.Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
			}
			asked := s.google.Asked("/.well-known/openid-configuration")
			token := s.google.IDToken("ann", nil)
			within(t, 500*time.Millisecond, func() kit.Response {
				return s.Post("/user/login/social", object{"provider": "google", "idToken": token})
			}).Want(t, 503, "unavailable")
			if n := s.google.Asked("/.well-known/openid-configuration"); n != asked {
				t.Error("a failing provider is still called")
			}
			s.Post("/user/login/social", object{"provider": "office", "idToken": s.work.IDToken("ann", nil)}).Want(t, 200, "")
			s.SignIn(phone)
			s.google.Instead("", nil)
			s.Advance(5 * time.Second)
			s.Post("/user/login/social", object{"provider": "google", "idToken": token}).Want(t, 200, "")
		})
	}
}

// Without Redis, both ways to sign in with another provider work, and a proof works once.
func TestSocial_withoutRedis(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	s := newSites(t, func(o ...kit.Option) *kit.App { return kit.New(t, kit.Real, o...) })
	s.RedisLine.Cut()
	token := s.google.IDToken("ann", nil)
	login := func() kit.Response {
		return s.Post("/user/login/social", object{"provider": "google", "idToken": token})
	}
	login().Want(t, 200, "")
	login().Want(t, 401, "invalid_credentials")
	s.byCode(s.code(socialtest.Claims{"sub": "ann"}), verifier).Want(t, 200, "")
	s.RedisLine.Restore(t)
}

// While the database rejects writes, no sign-in succeeds and nothing is used up.
func TestSocial_readOnly(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	var proxy *faults.MySQL
	s := newSites(t, func(o ...kit.Option) *kit.App {
		return kit.Behind(t, func(s kit.Stores) kit.Stores {
			conf, err := mysql.ParseDSN(s.DataSource)
			if err != nil {
				t.Fatal(err)
			}
			proxy = faults.NewMySQL(t, conf.Addr)
			conf.Addr = proxy.Addr()
			s.DataSource = conf.FormatDSN()
			return s
		}, o...)
	})
	token, code := s.google.IDToken("ann", nil), s.code(socialtest.Claims{"sub": "bob"})
	proxy.Set(faults.DemotedPrimary)
	byToken := func() kit.Response {
		return s.Post("/user/login/social", object{"provider": "google", "idToken": token})
	}
	byToken().Want(t, 503, "unavailable")
	s.byCode(code, verifier).Want(t, 503, "unavailable")
	proxy.Clear()
	s.Await("the database", func() bool { return byToken().Status == 200 })
	s.byCode(code, verifier).Want(t, 200, "")
}

// A user with a second factor needs it, whatever the provider.
func TestSocial_secondFactor(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		first := s.by("ann", nil).Tokens()
		enrolled(t, s.App, first.Access)
		s.Advance(time.Minute)
		due := s.by("ann", socialtest.Claims{"jti": "2"})
		due.Want(t, 401, "mfa_required")
		if due.Text("mfaToken") == "" || due.Text("accessToken") != "" {
			t.Fatalf("the answer is %s", due.Body)
		}
	})
}
