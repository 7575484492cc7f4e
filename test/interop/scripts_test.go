package interop

import (
	"testing"

	"user-api/internal/client"
)

func TestJose(t *testing.T) {
	eachSigning(t, func(t *testing.T, s service) {
		verify(t, "jose.mjs", s.given(object{"token": s.SignIn(phone).Access}))
	})
}

func TestMetadata(t *testing.T) {
	eachSigning(t, func(t *testing.T, s service) {
		verify(t, "metadata.mjs", s.given(nil))
	})
}

// A person's token and a machine's are both access tokens by RFC 9068.
func TestAccessTokens(t *testing.T) {
	eachSigning(t, func(t *testing.T, s service) {
		m := s.Machine("reader", client.UsersRead)
		verify(t, "accesstoken.mjs", s.given(object{"tokens": []object{
			{"name": "a person's", "token": s.SignIn(phone).Access, "clientId": "user-api"},
			{"name": "a machine's", "token": s.Token(m), "clientId": m.ID, "scope": client.UsersRead},
		}}))
	})
}

func TestGrants_oauth4webapi(t *testing.T) { grants(t, "oauth4webapi.mjs") }

func TestGrants_openidClient(t *testing.T) { grants(t, "openid-client.mjs") }

// grants runs a script that goes through every grant.
func grants(t *testing.T, name string) {
	eachSigning(t, func(t *testing.T, s service) {
		m := s.Machine("reader", client.UsersRead)
		verify(t, name, s.given(object{
			"person":  s.person(),
			"machine": object{"id": m.ID, "secret": m.Secret, "scope": client.UsersRead},
			"app":     s.application(t, client.Draft{Name: "app", Public: true}),
			"shop":    s.application(t, client.Draft{Name: "shop"}),
		}))
	})
}
