package interop

import (
	"net/http"
	"strconv"
	"testing"

	"user-api/internal/client"
	"user-api/test/kit"
)

// A gateway asks about the tokens that it is shown, by libraries of RFC 7662.
func TestIntrospection(t *testing.T) {
	eachSigning(t, func(t *testing.T, s service) {
		m := s.Machine("gateway", client.Introspect)
		who, ended := s.SignIn(phone), s.SignIn("+919811113333")
		s.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: ended.Access}).Want(t, http.StatusNoContent, "")
		id := s.Get("/user/check", who.Access).Number("userId")
		verify(t, "introspection.mjs", s.given(object{
			"machine": object{"id": m.ID, "secret": m.Secret},
			"tokens": []object{
				{"name": "a person's", "token": who.Access, "sub": strconv.FormatInt(id, 10)},
				{"name": "a machine's", "token": s.Token(m), "sub": m.ID},
			},
			"ended": ended.Access,
		}))
	})
}
