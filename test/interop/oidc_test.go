package interop

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// claims are those that a consumer reads.
type claims struct {
	jwt.Claims
	ClientID string           `json:"client_id"`
	AuthTime *jwt.NumericDate `json:"auth_time"`
	AMR      []string         `json:"amr"`
	SID      string           `json:"sid"`
	UserID   int64            `json:"userId"`
	Role     string           `json:"role"`
}

// go-oidc finds the service by its issuer and verifies a token with the keys it finds.
func TestGoOIDC(t *testing.T) {
	eachSigning(t, func(t *testing.T, s service) {
		provider, err := oidc.NewProvider(t.Context(), s.issuer)
		if err != nil {
			t.Fatal(err)
		}
		config := oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{s.signing}}
		tokens := s.SignIn(phone)
		verified, err := provider.VerifierContext(t.Context(), &config).Verify(t.Context(), tokens.Access)
		if err != nil {
			t.Fatal(err)
		}
		var got claims
		if err := verified.Claims(&got); err != nil {
			t.Fatal(err)
		}
		if got.ClientID != "user-api" || got.AuthTime == nil || len(got.AMR) == 0 || got.SID == "" || got.UserID < 1 || got.Subject != verified.Subject {
			t.Errorf("the claims are %+v", got)
		}
		config.ClientID = "orders"
		if _, err := provider.Verifier(&config).Verify(t.Context(), tokens.Access); err == nil {
			t.Error("a token for another audience is good")
		}
		config.ClientID = audience
		header, rest, _ := strings.Cut(tokens.Access, ".")
		if _, err := provider.Verifier(&config).Verify(t.Context(), header+"."+strings.ToUpper(rest)); err == nil {
			t.Error("another token is good")
		}
	})
}

// go-jose reads the key set, and verifies a token with the key that its kid names.
func TestGoJose(t *testing.T) {
	eachSigning(t, func(t *testing.T, s service) {
		resp, err := http.Get(s.issuer + "/.well-known/jwks.json")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		var set jose.JSONWebKeySet
		if err := json.Unmarshal(text, &set); err != nil {
			t.Fatal(err)
		}
		token := s.SignIn(phone).Access
		parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(s.signing)})
		if err != nil {
			t.Fatal(err)
		}
		keys := set.Key(parsed.Headers[0].KeyID)
		if len(keys) != 1 || !keys[0].IsPublic() || !keys[0].Valid() || keys[0].Use != "sig" || keys[0].Algorithm != s.signing {
			t.Fatalf("%d keys have the token's kid: %s", len(keys), text)
		}
		var got claims
		if err := parsed.Claims(keys[0], &got); err != nil {
			t.Fatal(err)
		}
		if err := got.Validate(jwt.Expected{Issuer: s.issuer, AnyAudience: jwt.Audience{audience}}); err != nil {
			t.Error(err)
		}
		for _, algorithm := range []jose.SignatureAlgorithm{jose.HS256, jose.RS256} {
			if _, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{algorithm}); err == nil {
				t.Errorf("the token is one of %s", algorithm)
			}
		}
	})
}
