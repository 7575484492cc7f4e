package interop

import (
	"testing"

	"user-api/internal/client"
)

// application is a client that people sign in to.
type application struct {
	ID     string `json:"id"`
	Secret string `json:"secret,omitempty"`
}

func (s service) application(t *testing.T, draft client.Draft) application {
	t.Helper()
	draft.Redirects = []string{redirect}
	one, secret, err := s.Service.Clients.Create(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	return application{ID: one.ID, Secret: secret}
}

// person has a password, which signs in as often as a test likes.
func (s service) person() object {
	who := object{"username": "asha", "password": "violet-harbour-42-lantern"}
	s.Post("/user/register", who)
	return who
}
