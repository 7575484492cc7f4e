package interop

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"user-api/internal/client"
	"user-api/test/kit"
)

// golang.org/x/oauth2 signs people in with PKCE, refreshes by itself, and takes tokens of
// a client's own.
func TestOAuth2(t *testing.T) {
	eachSigning(t, func(t *testing.T, s service) {
		provider, err := oidc.NewProvider(t.Context(), s.issuer)
		if err != nil {
			t.Fatal(err)
		}
		who := s.person()
		for _, one := range []application{
			s.application(t, client.Draft{Name: "app", Public: true}), s.application(t, client.Draft{Name: "shop"}),
		} {
			config := oauth2.Config{ClientID: one.ID, ClientSecret: one.Secret, Endpoint: provider.Endpoint(), RedirectURL: redirect}
			s.signsIn(t, &config, who)
		}
		m := s.Machine("reader", client.UsersRead)
		own := clientcredentials.Config{ClientID: m.ID, ClientSecret: m.Secret, TokenURL: provider.Endpoint().TokenURL, Scopes: []string{client.UsersRead}}
		resp, err := own.Client(t.Context()).Get(s.issuer + "/admin/users")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("a client with a token of its own: %s", resp.Status)
		}
	})
}

// signsIn goes through the flow of one application.
func (s service) signsIn(t *testing.T, config *oauth2.Config, who object) {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	address := config.AuthCodeURL("some state", oauth2.S256ChallengeOption(verifier))
	callback := s.approve(t, address, who)
	if callback.Get("state") != "some state" || callback.Get("iss") != s.issuer {
		t.Errorf("the answer is %v", callback)
	}
	if _, err := config.Exchange(t.Context(), callback.Get("code")); err == nil {
		t.Error("a code is exchanged without its verifier")
	}
	first, err := config.Exchange(t.Context(), s.approve(t, address, who).Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	old := *first
	old.Expiry = time.Now().Add(-time.Second)
	tokens := config.TokenSource(t.Context(), &old)
	second, err := tokens.Token()
	if err != nil {
		t.Fatal(err)
	}
	if second.RefreshToken == first.RefreshToken || !second.Valid() {
		t.Errorf("the second token is good until %v", second.Expiry)
	}
	s.Get("/user/check", second.AccessToken).Want(t, http.StatusOK, "")
}

// approve does what the page of an authorization request does, and returns what the
// browser brings back.
func (s service) approve(t *testing.T, address string, who object) url.Values {
	t.Helper()
	asked, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	signedIn := s.Post("/user/login", who)
	signedIn.Want(t, http.StatusOK, "")
	agreed := s.Do(kit.Request{
		Method: http.MethodPost, Path: "/oauth/authorize", Body: object{"query": asked.RawQuery}, Bearer: signedIn.Text("accessToken"),
	})
	agreed.Want(t, http.StatusOK, "")
	back, err := url.Parse(agreed.Text("location"))
	if err != nil {
		t.Fatal(err)
	}
	return back.Query()
}
