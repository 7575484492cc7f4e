package social_test

import (
	"net/http"
	"strings"
	"testing"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

func newNaver(t *testing.T, people map[string]socialtest.Claims, authoritative ...string) (*socialtest.OAuth2, site) {
	t.Helper()
	n := socialtest.NewNaver(t, people)
	return n, newSite(t, &n.Server, social.Options{
		Kind: social.KindOAuth2, ClientID: n.ClientID, Secret: secretOf(n.ClientSecret), Authoritative: authoritative,
		Userinfo: social.Userinfo{
			AuthURL: n.URL + "/oauth2.0/authorize", TokenURL: n.URL + "/oauth2.0/token", URL: n.URL + "/v1/nid/me",
			Subject: "response.id", Email: "response.email", Name: "response.name",
		},
	})
}

func newGitHub(t *testing.T, people map[string]socialtest.GitHubUser, authoritative ...string) (*socialtest.OAuth2, site) {
	t.Helper()
	g := socialtest.NewGitHub(t, people)
	return g, newSite(t, &g.Server, social.Options{
		Kind: social.KindOAuth2, ClientID: g.ClientID, Secret: secretOf(g.ClientSecret), Authoritative: authoritative,
		Scopes: []string{"read:user", "user:email"},
		Userinfo: social.Userinfo{
			AuthURL: g.URL + "/login/oauth/authorize", TokenURL: g.URL + "/login/oauth/access_token", URL: g.URL + "/user",
			EmailsURL: g.URL + "/user/emails", Subject: "id", Name: "login",
		},
	})
}

// Naver verifies no addresses, so none is proven even if it is authoritative.
func TestOAuth2_Naver(t *testing.T) {
	_, r := newNaver(t, map[string]socialtest.Claims{"32742776": {"email": "Minji@naver.com", "name": "김민지", "mobile": "010-1234-5678"}}, "*")
	who, err := r.exchange(r.redirect("32742776"))
	r.is(who, err, "32742776", "minji@naver.com", false)
	if who.Name != "김민지" || !who.Phone.IsZero() {
		t.Errorf("the name is %q, the number %v", who.Name, who.Phone)
	}
	r.fails("an id_token", social.ErrUnsupported)(r.Verify(t.Context(), "a.b.c", "n"))
}

func TestOAuth2_GitHub(t *testing.T) {
	address := func(email string, primary, verified bool) socialtest.Claims {
		return socialtest.Claims{"email": email, "primary": primary, "verified": verified, "visibility": nil}
	}
	_, r := newGitHub(t, map[string]socialtest.GitHubUser{
		"octo":     {ID: 583231, Login: "octo", Emails: []socialtest.Claims{address("old@example.com", false, true), address("octo@example.com", true, true)}},
		"mallory":  {ID: 2, Login: "mallory", Emails: []socialtest.Claims{address("octo@example.com", true, false), address("m@example.com", false, true)}},
		"nobody":   {ID: 3, Login: "nobody", Emails: []socialtest.Claims{address("n@example.com", false, true)}},
		"homeless": {ID: 4, Login: "homeless"},
	}, "*")
	for person, want := range map[string]struct {
		subject, email string
		proven         bool
	}{
		"octo": {"583231", "octo@example.com", true}, "mallory": {"2", "octo@example.com", false},
		"nobody": {"3", "", false}, "homeless": {"4", "", false},
	} {
		who, err := r.exchange(r.redirect(person))
		r.is(who, err, want.subject, want.email, want.proven)
	}
}

func TestOAuth2_refused(t *testing.T) {
	g, r := newGitHub(t, map[string]socialtest.GitHubUser{"octo": {ID: 1}})
	r.fails("an invalid code", social.ErrRefused)(r.exchange("none"))
	r.fails("another verifier", social.ErrRefused)(r.Exchange(t.Context(), r.redirect("octo"), verifier+"x", "n", callback))
	r.fails("another redirect URI", social.ErrRefused)(r.Exchange(t.Context(), r.redirect("octo"), verifier, "n", callback+"x"))
	r.fails("a code of another client", social.ErrRefused)(r.exchange(g.Code("another", "octo")))
	used := r.redirect("octo")
	_, _ = r.exchange(used)
	r.fails("a used code", social.ErrRefused)(r.exchange(used))
}

// A subject is a string or an integer, in one spelling.
func TestOAuth2_subjects(t *testing.T) {
	for what, tt := range map[string]struct {
		profile string
		want    string
	}{
		"a text":     {`{"id":"Ab_1"}`, "Ab_1"},
		"a number":   {`{"id":12345678901234567890}`, "12345678901234567890"},
		"none":       {`{}`, ""},
		"empty":      {`{"id":""}`, ""},
		"null":       {`{"id":null}`, ""},
		"a fraction": {`{"id":1.0}`, ""},
		"a power":    {`{"id":1e3}`, ""},
		"negative":   {`{"id":-1}`, ""},
		"a list":     {`{"id":["1"]}`, ""},
		"an object":  {`{"id":{"id":"1"}}`, ""},
		"true":       {`{"id":true}`, ""},
		"huge":       {`{"id":"` + strings.Repeat("a", 4096) + `"}`, ""},
		"no object":  {`["id"]`, ""},
		"a control":  {`{"id":"a\u0000b"}`, ""},
	} {
		g, r := newGitHub(t, map[string]socialtest.GitHubUser{"octo": {ID: 1}})
		code := r.redirect("octo")
		g.Trouble(func(w http.ResponseWriter, q *http.Request) {
			switch q.URL.Path {
			case "/user":
				_, _ = w.Write([]byte(tt.profile))
			case "/user/emails":
				_, _ = w.Write([]byte(`[]`))
			default:
				_, _ = w.Write([]byte(`{"access_token":"t"}`))
			}
		})
		who, err := r.exchange(code)
		if tt.want == "" {
			r.fails("a subject: "+what, social.ErrRefused)(who, err)
		} else {
			r.is(who, err, tt.want, "", false)
		}
	}
}

// A wrong client secret is our fault and not the code's. Errors repeat nothing of the provider's
// answer.
func TestOAuth2_trouble(t *testing.T) {
	log := captureLog(t)
	for what, answer := range troubles {
		g, r := newGitHub(t, map[string]socialtest.GitHubUser{"octo": {ID: 1}})
		code := r.redirect("octo")
		g.Trouble(answer)
		r.fails("GitHub being "+what, social.ErrUnavailable)(r.exchange(code))
	}
	g := socialtest.NewGitHub(t, map[string]socialtest.GitHubUser{"octo": {ID: 1}})
	r := newSite(t, &g.Server, social.Options{
		Kind: social.KindOAuth2, ClientID: g.ClientID, Secret: secretOf("another-secret"),
		Userinfo: social.Userinfo{AuthURL: g.URL + "/login/oauth/authorize", TokenURL: g.URL + "/login/oauth/access_token", URL: g.URL + "/user", Subject: "id"},
	})
	code := r.redirect("octo")
	r.fails("another secret", social.ErrUnavailable)(r.exchange(code))
	for _, secret := range []string{"another-secret", code} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log contains a secret: %s", log)
		}
	}
}
