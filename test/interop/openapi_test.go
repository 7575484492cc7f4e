package interop

import (
	"testing"
	"time"

	"user-api/test/kit"
)

// Clients that generators make of the document compile and sign in, and a linter finds no
// mistake in it.
func TestOpenAPI_clients(t *testing.T) {
	s := start(t, "ES256")
	given := s.given(object{"url": s.URL})
	for name, number := range map[string]string{"fetch": "+919811110001", "heyapi": "+919811110002"} {
		id, code := s.AskCode(number)
		known := s.Post("/user/login", object{"otpId": id, "otp": code})
		known.Want(t, 200, "")
		who := s.Get("/user/info", known.Tokens().Access)
		s.Advance(61 * time.Second) // for the next code
		id, code = s.AskCode(number)
		given[name] = object{"otpId": id, "otp": code, "userId": who.Number("id")}
	}
	verify(t, "openapi.mjs", given)
}

// Requests made of the document by a generator, and spoiled, get no answer that it lacks.
func TestOpenAPI_fuzz(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, "RateLimit: {Enabled: false}")
	verify(t, "fuzz.mjs", object{"url": app.URL, "token": app.SignIn(phone).Access})
}
